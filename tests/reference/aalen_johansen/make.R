# Reference curves of cmprsk::cuminc (Aalen variance) and survival::survfit (infinitesimal jackknife); writes reference.json.
# Run: Rscript tests/reference/aalen_johansen/make.R
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261122)

# the Greenwood-type variance written out as sums over all earlier times (Klein and Moeschberger, ch. 4.7)
by_definition <- function(at, time, cause, entry, k) {
  u <- sort(unique(time)); n <- sapply(u, function(x) sum(entry < x & time >= x))
  d <- sapply(u, function(x) sum(time == x & cause > 0)); d_k <- sapply(u, function(x) sum(time == x & cause == k))
  s <- cumprod(1 - d / n); before <- c(1, s[-length(s)]); f <- cumsum(before * d_k / n)
  sapply(at, function(x) {
    i <- which(u <= x); gap <- f[max(i)] - f[i]
    a <- ifelse(d[i] == n[i], 0, d[i] / (n[i] * (n[i] - d[i])))
    sum(gap^2 * a) + sum(before[i]^2 * d_k[i] * (n[i] - d_k[i]) / n[i]^3) - 2 * sum(gap * before[i] * d_k[i] / n[i]^2)
  })
}

case <- function(name, time, cause, group = NULL, entry = NULL) {
  labels <- if (is.null(group)) rep("all", length(time)) else as.character(group)
  causes <- sort(unique(cause[cause > 0]))
  out <- list()
  for (level in sort(unique(labels))) {
    keep <- labels == level
    state <- factor(cause[keep], levels = c(0, causes), labels = c("censored", causes))
    t <- time[keep]
    fits <- list()
    for (type in c("log", "log-log", "plain")) {
      f <- if (is.null(entry)) survfit(Surv(t, state) ~ 1, conf.type = type, timefix = FALSE)
           else survfit(Surv(entry[keep], t, state) ~ 1, id = seq_along(t), conf.type = type, timefix = FALSE)
      fits[[type]] <- f
    }
    f <- fits[["log"]]
    per_cause <- list()
    for (k in as.character(causes)) {
      column <- match(k, f$states)
      one <- list(incidence = f$pstate[, column], std_error = f$std.err[, column],
                  log_lower = as.list(f$lower[, column]), log_upper = as.list(f$upper[, column]),
                  plain_lower = as.list(fits[["plain"]]$lower[, column]), plain_upper = as.list(fits[["plain"]]$upper[, column]),
                  loglog_lower = as.list(fits[["log-log"]]$lower[, column]), loglog_upper = as.list(fits[["log-log"]]$upper[, column]))
      if (is.null(entry)) {
        g <- cuminc(t, cause[keep], cencode = 0)[[paste("1", k)]]
        at <- f$time
        # the value after the jump is the last entry at or before the time
        index <- sapply(at, function(x) max(which(g$time <= x)))
        one$cuminc <- g$est[index]; one$cuminc_variance <- g$var[index]
      }
      one$greenwood <- by_definition(f$time, t, cause[keep], if (is.null(entry)) rep(-1, length(t)) else entry[keep], as.integer(k))
      per_cause[[k]] <- one
    }
    out[[level]] <- list(time = f$time, causes = per_cause)
  }
  list(name = name, time = time, cause = cause, group = group, entry = entry, curves = out)
}

n <- 120
t <- sample(1:60, n, TRUE); k <- sample(0:3, n, TRUE, prob = c(0.35, 0.35, 0.2, 0.1)); g <- sample(c("BM", "UC"), n, TRUE)
late <- ifelse(runif(n) < 0.6, 0, pmin(t - 1, rpois(n, 5)))
m <- 40
cases <- list(
  case("remission_and_death", c(1, 3, 3, 6, 6, 6, 9, 12, 12, 12), c(1, 1, 2, 1, 1, 0, 2, 1, 0, 0)),
  case("three_causes", t, k),
  case("two_groups", t, k, group = g),
  case("delayed_entry", t, k, entry = late),
  case("without_ties", round(rexp(m), 6), sample(0:2, m, TRUE)),
  case("nobody_censored", sample(1:15, m, TRUE), sample(1:2, m, TRUE)),
  case("bladder_like_last_event", c(2, 4, 4, 5, 7, 8), c(1, 2, 1, 0, 2, 1)))

writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival"), "cmprsk", packageVersion("cmprsk")),
  date = format(Sys.Date()), seed = 20261122, cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
