# Bands over given ranges of small and of very large samples, written out; critical values by a chain of two steps on a grid,
# extrapolated. Writes ranges.json. Run: Rscript tests/reference/simultaneous_bands/make_ranges.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))

# P(|B(u)| <= c, a <= u <= b), B a Brownian bridge, on m cells, over the place half way
once <- function(c, a, b, m) {
  x <- (seq_len(m) - 0.5) / m * 2 * c - c; dx <- 2 * c / m
  kernel <- function(u, v) {
    h <- v - u
    X <- matrix(x, m, m); Y <- t(X); stays <- 0
    for (k in -6:6) stays <- stays + exp(((Y - X)^2 - (Y - X + 4 * c * k)^2) / (2 * h)) - exp(((Y - X)^2 - (Y + X - 2 * c + 4 * c * k)^2) / (2 * h))
    dnorm(Y, X * (1 - v) / (1 - u), sqrt(h * (1 - v) / (1 - u))) * pmax(0, pmin(1, stays))
  }
  mid <- (a + b) / 2
  sum(dnorm(x, 0, sqrt(a * (1 - a))) %*% kernel(a, mid) %*% kernel(mid, b)) * dx^3
}
stays <- function(c, a, b) { coarse <- once(c, a, b, 150); fine <- once(c, a, b, 300); fine + (fine - coarse) / 3 }
hall_wellner <- function(a, b, level) {
  u <- min(max(0.5, a), b); sd <- sqrt(u * (1 - u))
  uniroot(function(c) stays(c, a, b) - level, c(0.3, 8) * sd, tol = 1e-8 * sd)$root
}
# P(|U(s)| <= c, 0 <= s <= span), U Ornstein-Uhlenbeck, by second differences, extrapolated
ep_once <- function(c, span, m) {
  h <- 2 * c / m; x <- -c + h * seq_len(m - 1)
  q <- diag(2 / h^2 + x^2 / 4 - 0.5)
  for (i in seq_len(m - 2)) q[i, i + 1] <- q[i + 1, i] <- -1 / h^2
  e <- eigen(q, symmetric = TRUE)
  sum(exp(-e$values * span) * (crossprod(e$vectors, sqrt(dnorm(x))) * h)^2) / h
}
equal_precision <- function(a, b, level) {
  span <- 0.5 * log(b * (1 - a) / (a * (1 - b)))
  uniroot(function(c) { coarse <- ep_once(c, span, 150); fine <- ep_once(c, span, 300); fine + (fine - coarse) / 3 - level }, c(0.6, 7), tol = 1e-9)$root
}
limits <- function(type, s, se, z) switch(type,
  plain = cbind(pmax(0, s - z * s * se), pmin(1, s + z * s * se)),
  log = cbind(s * exp(-z * se), pmin(1, s * exp(z * se))),
  "log-log" = { w <- exp(z * se / abs(log(s))); cbind(s^w, s^(1 / w)) },
  logit = { l <- log(s / (1 - s)); w <- z * se / (1 - s); cbind(plogis(l - w), plogis(l + w)) },
  arcsine = { a <- asin(sqrt(s)); w <- 0.5 * z * se * sqrt(s / (1 - s)); cbind(sin(pmax(0, a - w))^2, sin(pmin(pi / 2, a + w))^2) })
case <- function(name, time, event, start, end, level) {
  f <- survfit(Surv(time, event) ~ 1)
  v <- f$std.err^2
  use <- which(f$surv < 1 & f$surv > 0 & f$time >= max(f$time[f$time <= start], min(f$time[f$n.event > 0])) & f$time <= end)
  n <- length(time); nv <- n * v[use]; a <- nv[1] / (1 + nv[1]); b <- nv[length(nv)] / (1 + nv[length(nv)])
  hw <- hall_wellner(a, b, level); ep <- equal_precision(a, b, level)
  types <- c("plain", "log", "log-log", "logit", "arcsine")
  band <- function(se, z) sapply(types, function(type) { l <- limits(type, f$surv[use], se, z); list(lower = l[, 1], upper = l[, 2]) }, simplify = FALSE)
  list(name = name, time = time, event = as.integer(event), start = start, end = end, level = level, at = f$time[use], bridge = c(a, b),
    "hall-wellner" = list(critical = hw, limits = band((1 + nv) / sqrt(n), hw)), "equal-precision" = list(critical = ep, limits = band(sqrt(v[use]), ep)))
}
set.seed(20221)
n <- 60; t <- rweibull(n, 1.2, 10); c <- runif(n, 2, 25)
critical <- list()
for (r in list(c(5e-5, 1.5e-4), c(10 / 3e6, 40 / 3e6), c(1e-4, 1e-3), c(0.9, 0.99), c(0.97, 0.999))) for (level in c(0.5, 0.95, 0.999))
  critical[[length(critical) + 1]] <- list(a = r[1], b = r[2], level = level, hall_wellner = hall_wellner(r[1], r[2], level), equal_precision = equal_precision(r[1], r[2], level))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()), critical = critical,
  cases = list(
    case("six in ten", c(1, 2, 3, 4, 5, 6, 7, 8, 9, 12), c(1, 1, 0, 1, 1, 0, 1, 1, 0, 0), 0, 100, 0.95),
    case("ties, inner range", ceiling(pmin(t, c)), t <= c, 3.5, 9.5, 0.9),
    case("continuous", round(pmin(t, c), 3), t <= c, 1, 15, 0.99),
    case("all events, S reaches 0", c(1, 2, 2, 3, 5, 8, 8, 13), rep(1, 8), 2, 20, 0.95),
    case("three events in 2000", c(10, 20, 30, 31:2027), c(1, 1, 1, rep(0, 1997)), 0, 45, 0.95))),
  digits = I(15), auto_unbox = TRUE, na = "null"), file.path(here, "ranges.json"))
