# Reference tests of R survival::survdiff and, for weights survdiff does not have, the formula written out; writes reference.json.
# Run: Rscript tests/reference/logrank/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261122)

# the weighted log-rank test by its definition, risk sets by comparison of every subject with every event time
by_definition <- function(time, event, group, strata, weight) {
  levels <- sort(unique(group)); k <- length(levels)
  u <- numeric(k); v <- matrix(0, k, k)
  for (s in unique(strata)) {
    inside <- strata == s
    times <- sort(unique(time[inside & event == 1]))
    n <- sapply(times, function(t) sum(inside & time >= t)); d <- sapply(times, function(t) sum(inside & time == t & event == 1))
    w <- weight(n, d)
    for (j in seq_along(times)) {
      n_g <- sapply(levels, function(g) sum(inside & time >= times[j] & group == g))
      d_g <- sapply(levels, function(g) sum(inside & time == times[j] & event == 1 & group == g))
      u <- u + w[j] * (d_g - d[j] * n_g / n[j])
      if (n[j] > 1) v <- v + w[j]^2 * d[j] * (n[j] - d[j]) / (n[j] - 1) * (diag(n_g / n[j]) - outer(n_g, n_g) / n[j]^2)
    }
  }
  keep <- seq_len(k - 1)
  statistic <- drop(u[keep] %*% solve(v[keep, keep, drop = FALSE], u[keep]))
  list(statistic = statistic, df = k - 1, p_value = pchisq(statistic, k - 1, lower.tail = FALSE), score = u, variance = v)
}
before <- function(s) c(1, s[-length(s)])
weights <- list(
  "log-rank" = function(n, d) rep(1, length(n)),
  "gehan-wilcoxon" = function(n, d) n,
  "tarone-ware" = function(n, d) sqrt(n),
  "peto" = function(n, d) cumprod(1 - d / (n + 1)),
  "modified-peto" = function(n, d) cumprod(1 - d / (n + 1)) * n / (n + 1),
  "fleming-harrington 1 0" = function(n, d) before(cumprod(1 - d / n)),
  "fleming-harrington 0.5 0" = function(n, d) before(cumprod(1 - d / n))^0.5,
  "fleming-harrington 0 1" = function(n, d) 1 - before(cumprod(1 - d / n)),
  "fleming-harrington 1 1" = function(n, d) {s <- before(cumprod(1 - d / n)); s * (1 - s)})

case <- function(name, time, event, group, strata = NULL) {
  s <- if (is.null(strata)) rep(1, length(time)) else strata
  d <- data.frame(time, event, group, s)
  survdiff_of <- function(rho) {
    f <- if (is.null(strata)) survdiff(Surv(time, event) ~ group, d, rho = rho)
         else survdiff(Surv(time, event) ~ group + strata(s), d, rho = rho)
    list(statistic = f$chisq, df = sum((if (is.matrix(f$exp)) rowSums(f$exp) else f$exp) > 0) - 1,
         observed = if (is.matrix(f$obs)) rowSums(f$obs) else f$obs,
         expected = if (is.matrix(f$exp)) rowSums(f$exp) else f$exp, variance = f$var)
  }
  list(name = name, time = time, event = as.integer(event), group = group, strata = strata,
       survdiff_rho_0 = survdiff_of(0), survdiff_rho_1 = survdiff_of(1), survdiff_rho_half = survdiff_of(0.5),
       by_definition = lapply(weights, function(w) by_definition(time, event, group, s, w)))
}

mp6 <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
placebo <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
complete <- complete.cases(lung[, c("time", "status", "ph.ecog", "inst")])
l <- lung[complete & lung$ph.ecog < 3, ]
n <- 80
many <- data.frame(time = sample(1:30, n, TRUE), event = rbinom(n, 1, 0.5), group = sample(1:5, n, TRUE), s = sample(1:6, n, TRUE))

cases <- list(
  case("freireich", c(mp6, placebo), c(rep(c(1, 0), c(9, 12)), rep(1, 21)), rep(c("6-MP", "placebo"), each = 21)),
  case("veteran_celltype", veteran$time, veteran$status, as.character(veteran$celltype)),
  case("veteran_by_treatment_within_celltype", veteran$time, veteran$status, as.character(veteran$trt), as.character(veteran$celltype)),
  case("lung_ecog", l$time, as.integer(l$status == 2), as.character(l$ph.ecog)),
  case("lung_ecog_within_centre", l$time, as.integer(l$status == 2), as.character(l$ph.ecog), l$inst),
  case("five_groups_six_strata", many$time, many$event, many$group, many$s))

writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()), seed = 20261122,
  cases = cases), digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
