# Cumulative hazards of R survival::survfit (ctype 1 and 2, robust); writes reference.json.
# Run: Rscript tests/reference/cumulative_hazard/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261122)
n <- 60
days <- sample(1:60, n, TRUE); happened <- rbinom(n, 1, 0.6)
late <- ifelse(runif(n) < 0.5, 0, pmin(days - 1, rpois(n, 8)))
fractional <- round(rexp(n), 3) + 0.05
case <- function(name, time, event, entry = NULL, weights = NULL, kind = NULL, cluster = NULL) {
  y <- if (is.null(entry)) Surv(time, event) else Surv(entry, time, event)
  w <- if (is.null(weights)) rep(1, length(time)) else weights
  if (identical(kind, "frequency")) {  # repeated rows
    rows <- rep(seq_along(time), weights); y <- y[rows]; w <- rep(1, length(rows))
  }
  robust <- identical(kind, "sampling") || !is.null(cluster)
  id <- if (is.null(cluster)) seq_along(w) else cluster
  d <- data.frame(w = w, id = id)
  out <- list()
  for (ctype in if (robust) 1 else 1:2) {
    f <- if (robust) survfit(y ~ 1, data = d, weights = w, cluster = id, robust = TRUE, stype = 2, ctype = ctype)
         else survfit(y ~ 1, data = d, weights = w, stype = 2, ctype = ctype)
    out[[c("nelson-aalen", "fleming-harrington")[ctype]]] <- list(time = f$time, hazard = f$cumhaz, std_error = f$std.chaz, survival = f$surv)
  }
  list(name = name, time = time, event = as.integer(event), entry = entry, weights = weights, weight_kind = kind, cluster = cluster, by_estimator = out)
}
cases <- list(
  case("lung", lung$time, lung$status == 2), case("tied_days", days, happened), case("delayed_entry", days, happened, entry = late),
  case("frequency_weights", days, happened, weights = sample(0:4, n, TRUE), kind = "frequency"),
  case("sampling_weights", days, happened, weights = fractional, kind = "sampling"),
  case("sampling_weights_delayed_entry", days, happened, weights = fractional, kind = "sampling", entry = late),
  case("clusters", days, happened, cluster = rep(1:20, 3)), case("last_all_events", c(1, 2, 2, 3, 3), c(1, 0, 1, 1, 1)))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()),
  seed = 20261122, cases = cases), digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
