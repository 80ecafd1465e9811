# Trend (formula written out), pairs (survdiff and p.adjust), max-combo (formula and mvtnorm::pmvnorm); writes reference.json.
# Run: Rscript tests/reference/logrank_groups/make.R
suppressMessages({library(survival); library(mvtnorm); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
before <- function(s) c(1, s[-length(s)])
fh <- function(rho, gamma) function(n, d) {s <- before(cumprod(1 - d / n)); s^rho * (1 - s)^gamma}
weights <- list("log-rank" = function(n, d) rep(1, length(n)), "gehan-wilcoxon" = function(n, d) n, "tarone-ware" = function(n, d) sqrt(n),
  "peto" = function(n, d) cumprod(1 - d / (n + 1)), "modified-peto" = function(n, d) cumprod(1 - d / (n + 1)) * n / (n + 1))
# scores and covariance between weights and groups, by comparison of every subject with every event time
scores <- function(time, event, group, strata, kinds) {
  levels <- sort(unique(group)); k <- length(levels); m <- length(kinds)
  u <- matrix(0, m, k); v <- array(0, c(m, m, k, k))
  for (s in unique(strata)) {
    inside <- strata == s; times <- sort(unique(time[inside & event == 1]))
    n <- sapply(times, function(t) sum(inside & time >= t)); d <- sapply(times, function(t) sum(inside & time == t & event == 1))
    w <- sapply(kinds, function(kind) kind(n, d)); w <- matrix(w, length(times))
    for (j in seq_along(times)) {
      n_g <- sapply(levels, function(g) sum(inside & time >= times[j] & group == g))
      d_g <- sapply(levels, function(g) sum(inside & time == times[j] & event == 1 & group == g))
      h <- if (n[j] > 1) d[j] * (n[j] - d[j]) / (n[j] - 1) * (diag(n_g / n[j]) - outer(n_g, n_g) / n[j]^2) else matrix(0, k, k)
      for (a in 1:m) { u[a, ] <- u[a, ] + w[j, a] * (d_g - d[j] * n_g / n[j]); for (b in 1:m) v[a, b, , ] <- v[a, b, , ] + w[j, a] * w[j, b] * h }
    }
  }
  list(u = u, v = v)
}
trend <- function(time, event, group, strata, kind) {
  f <- scores(time, event, group, strata, list(kind)); a <- seq_along(unique(group))
  z <- sum(a * f$u[1, ]) / sqrt(drop(a %*% f$v[1, 1, , ] %*% a)); list(z = z, p_value = 2 * pnorm(-abs(z)))
}
combo <- function(time, event, group, strata, powers) {
  f <- scores(time, event, group, strata, lapply(powers, function(p) fh(p[1], p[2])))
  v <- f$v[, , 2, 2]; z <- f$u[, 2] / sqrt(diag(v)); r <- cov2cor(v); x <- max(abs(z))
  # independent directions: scores that are linear combinations of the others leave the probability to the first ones
  p <- 1 - pmvnorm(rep(-x, length(z)), rep(x, length(z)), corr = r, algorithm = GenzBretz(maxpts = 5e6, abseps = 1e-7, releps = 0))
  list(powers = powers, z = z, correlation = r, statistic = x, p_value = as.numeric(p), error = attr(p, "error"))
}
case <- function(name, time, event, group, strata = NULL) {
  s <- if (is.null(strata)) rep(1, length(time)) else strata
  levels <- sort(unique(group)); pairs <- combn(levels, 2, simplify = FALSE)
  p <- sapply(pairs, function(pair) {
    keep <- group %in% pair
    f <- if (is.null(strata)) survdiff(Surv(time, event) ~ group, subset = keep) else survdiff(Surv(time, event) ~ group + strata(s), subset = keep)
    pchisq(f$chisq, 1, lower.tail = FALSE)
  })
  adjusted <- lapply(c(holm = "holm", hochberg = "hochberg", hommel = "hommel", bonferroni = "bonferroni", "benjamini-hochberg" = "BH", "benjamini-yekutieli" = "BY", none = "none"),
    function(m) p.adjust(p, m))
  two <- group %in% levels[1:2]
  list(name = name, time = time, event = as.integer(event), group = group, strata = strata, trend = lapply(weights, function(w) trend(time, event, group, s, w)),
    pairs = p, adjusted = adjusted, combo_groups = levels[1:2],
    combos = list(combo(time[two], event[two], group[two], s[two], list(c(0, 0), c(0, 1))), combo(time[two], event[two], group[two], s[two], list(c(0, 0), c(1, 0), c(0, 1))),
      combo(time[two], event[two], group[two], s[two], list(c(0, 0), c(1, 0), c(0, 1), c(1, 1))), combo(time[two], event[two], group[two], s[two], list(c(0, 0), c(0.5, 0.5), c(0, 2)))))
}
l <- lung[complete.cases(lung[, c("time", "status", "ph.ecog", "inst")]) & lung$ph.ecog %in% 0:2, ]
set.seed(20261122)
cases <- list(case("veteran_celltype", veteran$time, veteran$status, as.character(veteran$celltype)),
  case("veteran_celltype_within_treatment", veteran$time, veteran$status, as.character(veteran$celltype), as.character(veteran$trt)),
  case("lung_ecog", l$time, as.integer(l$status == 2), as.character(l$ph.ecog)))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival"), "mvtnorm", packageVersion("mvtnorm")),
  date = format(Sys.Date()), seed = 20261122, cases = cases), digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
