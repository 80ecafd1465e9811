# Reference curves of R survival::survfit; writes reference.json beside this script.
# Run: Rscript tests/reference/kaplan_meier/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261122)
types <- c("plain", "log", "log-log", "logit", "arcsin")
probs <- c(0.1, 0.25, 0.5, 0.75, 0.9)

column <- function(x) unname(as.list(x))  # missing values become null
curve <- function(fit, quantiles) list(
  time = column(fit$time), n_risk = column(fit$n.risk), n_event = column(fit$n.event), n_censor = column(fit$n.censor),
  survival = column(fit$surv), lower = column(fit$lower), upper = column(fit$upper),
  std_log = column(fit$std.err), quantile = column(quantiles$quantile), quantile_lower = column(quantiles$lower),
  quantile_upper = column(quantiles$upper))

case <- function(name, time, event, group = NULL, entry = NULL, weights = NULL, kind = NULL, cluster = NULL, timefix = TRUE) {
  y <- if (is.null(entry)) Surv(time, event) else Surv(entry, time, event)
  labels <- if (is.null(group)) rep("all", length(time)) else as.character(group)
  w <- if (is.null(weights)) rep(1, length(time)) else weights
  id <- if (is.null(cluster)) seq_along(time) else cluster
  d <- data.frame(labels = labels, w = w, id = id)
  robust <- identical(kind, "sampling") || !is.null(cluster)
  out <- list()
  for (type in types) {
    curves <- list()
    for (level in sort(unique(labels))) {
      # near ties are grouped over all rows before the groups are separated
      z <- if (timefix) aeqSurv(y) else y
      keep <- labels == level
      zz <- z[keep]; dd <- d[keep, ]
      fit <- if (robust) survfit(zz ~ 1, data = dd, weights = w, cluster = id, conf.type = type, timefix = FALSE, robust = TRUE)
             else survfit(zz ~ 1, data = dd, weights = w, conf.type = type, timefix = FALSE)
      fit$std.err <- if (isTRUE(fit$logse)) fit$std.err else fit$std.err / fit$surv
      curves[[level]] <- curve(fit, quantile(fit, probs))
    }
    out[[type]] <- curves
  }
  list(name = name, time = time, event = as.integer(event), group = group, entry = entry, weights = weights,
       weight_kind = kind, cluster = cluster, near_ties = if (timefix) "group" else "separate", probs = probs, by_type = out)
}

mp6 <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
mp6_event <- rep(c(1, 0), c(9, 12))
placebo <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
n <- 60
days <- sample(1:400, n, TRUE)
happened <- rbinom(n, 1, 0.6)
late <- ifelse(runif(n) < 0.5, 0, pmin(days - 1, rpois(n, 40)))
two_ways <- ifelse(seq_len(n) %% 2 == 0, days / 30.4375, days / 365.25 * 12)
fractional <- round(rexp(n), 3) + 0.05

cases <- list(
  case("freireich", c(mp6, placebo), c(mp6_event, rep(1, 21)), group = rep(c("6-MP", "placebo"), each = 21)),
  case("lung_by_sex", lung$time, lung$status == 2, group = as.character(lung$sex)),
  case("veteran_by_celltype", veteran$time, veteran$status, group = as.character(veteran$celltype)),
  case("ovarian", ovarian$futime, ovarian$fustat),
  case("all_censored", c(1, 2, 3), c(0, 0, 0)),
  case("one_row", 4, 1),
  case("all_tied", c(5, 5, 5, 5), c(1, 1, 0, 1)),
  case("all_tied_events", c(5, 5, 5), c(1, 1, 1)),
  case("half_on_an_interval", c(1, 2, 3, 4), c(1, 1, 1, 1)),
  case("half_until_the_end", c(1, 2, 3, 4), c(1, 1, 0, 0)),
  case("time_zero", c(0, 0, 1, 2), c(1, 0, 1, 0)),
  case("delayed_entry", days, happened, entry = late),
  case("delayed_entry_by_group", days, happened, entry = late, group = rep(c("a", "b", "c"), 20)),
  case("emptied_risk_set", c(2, 3, 7, 8, 9), c(1, 1, 1, 0, 1), entry = c(0, 0, 4, 4, 5)),
  case("months_computed_two_ways", two_ways, happened),
  case("months_kept_apart", two_ways, happened, timefix = FALSE),
  case("frequency_weights", days, happened, weights = sample(0:4, n, TRUE), kind = "frequency"),
  case("sampling_weights", days, happened, weights = fractional, kind = "sampling"),
  case("sampling_weights_by_group", days, happened, weights = fractional, kind = "sampling", group = rep(c("a", "b"), 30)),
  case("sampling_weights_delayed_entry", days, happened, weights = fractional, kind = "sampling", entry = late),
  case("clusters", days, happened, cluster = rep(1:20, 3)),
  case("clusters_and_weights", days, happened, weights = fractional, kind = "sampling", cluster = rep(1:20, 3)))

writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()), seed = 20261122,
  cases = cases), digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
