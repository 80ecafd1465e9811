# Critical values of simultaneous bands by two other ways than ours, the tables of km.ci, and bands written out; writes reference.json.
# Run: Rscript tests/reference/simultaneous_bands/make.R
suppressMessages({library(survival); library(km.ci); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))

# P(|B(u)| <= c, a <= u <= b), B a Brownian bridge: the absorbed density on a grid, carried from u to u + h with the transition of
# the bridge between two times and the chance not to cross in between (two barriers, images)
hw_stays <- function(c, a, b, m = 400) {
  x <- (seq_len(m) - 0.5) / m * 2 * c - c; dx <- 2 * c / m
  stays <- function(x, y, h) {
    total <- 0
    for (k in -6:6) total <- total + exp(((y - x)^2 - (y - x + 4 * c * k)^2) / (2 * h)) - exp(((y - x)^2 - (y + x - 2 * c + 4 * c * k)^2) / (2 * h))
    pmax(0, pmin(1, total))
  }
  p <- dnorm(x, 0, sqrt(a * (1 - a)))
  h <- b - a
  mean <- x * (1 - b) / (1 - a); sd <- sqrt(h * (1 - b) / (1 - a))
  step <- outer(seq_len(m), seq_len(m), function(i, j) dnorm(x[j], mean[i], sd) * stays(x[i], x[j], h))
  sum(p %*% step) * dx^2
}
# P(|U(s)| <= c, 0 <= s <= span), U Ornstein-Uhlenbeck: f_s = f'' - x f' with f = 0 at the ends, by second differences and the
# matrix exponential, extrapolated to step 0
ep_once <- function(c, span, m) {
  h <- 2 * c / m; x <- -c + h * seq_len(m - 1)
  d <- sqrt(dnorm(x))
  q <- diag(2 / h^2 + x^2 / 4 - 0.5)
  for (i in seq_len(m - 2)) q[i, i + 1] <- q[i + 1, i] <- -1 / h^2
  e <- eigen(q, symmetric = TRUE)
  sum(exp(-e$values * span) * (crossprod(e$vectors, d) * h)^2) / h
}
ep_stays <- function(c, a, b) {
  span <- 0.5 * log(b * (1 - a) / (a * (1 - b)))
  coarse <- ep_once(c, span, 200); fine <- ep_once(c, span, 400)
  fine + (fine - coarse) / 3
}
solve_for <- function(stays, level, low, high) uniroot(function(c) stays(c) - level, c(low, high), tol = 1e-9)$root
expansion <- function(a, b, level) {
  l <- log(b * (1 - a) / (a * (1 - b)))
  uniroot(function(x) 4 * dnorm(x) / x + dnorm(x) * (x - 1 / x) * l - (1 - level), c(1, 12), tol = 1e-12)$root
}
ranges <- list(c(0.02, 0.1), c(0.1, 0.6), c(0.1, 0.9), c(0.3, 0.5), c(0.02, 0.98), c(0.4, 0.44))
critical <- lapply(ranges, function(r) lapply(c(0.90, 0.95, 0.99), function(level) list(
  a = r[1], b = r[2], level = level,
  hall_wellner = solve_for(function(c) hw_stays(c, r[1], r[2]), level, 0.1, 3),
  equal_precision = solve_for(function(c) ep_stays(c, r[1], r[2]), level, 1.2, 6),
  expansion = expansion(r[1], r[2], level))))

tables <- asNamespace("km.ci")
cells <- function(table, first_a, kind, level, rows, columns) {
  out <- list()
  for (i in rows) for (j in columns) if (!is.na(table[i, j]))
    out[[length(out) + 1]] <- list(kind = kind, level = level, a = first_a + (j - 1) * 0.02, b = 0.1 + (i - 1) * 0.02, value = table[i, j])
  out
}
rows <- c(3, 6, 16, 26, 36, 45); columns <- c(1, 2, 5, 10, 20, 30)
printed <- c(
  cells(tables$critical.value.hall.90, 0, "hall-wellner", 0.90, rows, columns), cells(tables$critical.value.hall.95, 0, "hall-wellner", 0.95, rows, columns),
  cells(tables$critical.value.hall.99, 0, "hall-wellner", 0.99, rows, columns), cells(tables$critical.value.nair.90, 0.02, "equal-precision", 0.90, rows, columns),
  cells(tables$critical.value.nair.95, 0.02, "equal-precision", 0.95, rows, columns))

# bands of km.ci with its critical value read back from the width, so that only the formula is compared
band <- function(method, type, time, event) {
  fit <- survfit(Surv(time, event) ~ 1)
  found <- km.ci(fit, method = method)
  list(method = method, conf_type = type, time = found$time, survival = found$surv, lower = found$lower, upper = found$upper)
}
case <- function(name, time, event) list(name = name, time = time, event = as.integer(event), bands = list(
  band("hall-wellner", "plain", time, event), band("loghall", "log-log", time, event),
  band("epband", "plain", time, event), band("logep", "log-log", time, event)))
writeLines(toJSON(list(
  program = R.version.string, package = paste("km.ci", packageVersion("km.ci")), date = format(Sys.Date()),
  critical = unlist(critical, recursive = FALSE), printed = printed,
  cases = list(case("veteran", veteran$time, veteran$status), case("lung", lung$time, lung$status == 2))),
  digits = NA, auto_unbox = TRUE, na = "null"), file.path(here, "reference.json"))
