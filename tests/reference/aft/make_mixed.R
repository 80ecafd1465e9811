# Small data sets with every kind of censoring, delayed entry also of left-censored rows, sampling weights, clusters: the likelihood
# written out, Newton on differences of fourth order. Writes mixed.json. Run: Rscript tests/reference/aft/make_mixed.R
suppressMessages(library(jsonlite))
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
log_s <- list(weibull = function(z) -exp(z), "log-normal" = function(z) pnorm(-z, log.p = TRUE), "log-logistic" = function(z) -log1p(exp(z)), exponential = function(z) -exp(z))
log_f <- list(weibull = function(z) z - exp(z), "log-normal" = function(z) dnorm(z, log = TRUE), "log-logistic" = function(z) z - 2 * log1p(exp(z)), exponential = function(z) z - exp(z))
slope <- function(f, x, h = 1e-3) sapply(seq_along(x), function(i) {
  e <- replace(numeric(length(x)), i, h); (8 * (f(x + e) - f(x - e)) - (f(x + 2 * e) - f(x - 2 * e))) / (12 * h) })
fit <- function(d, dist) {
  rows <- function(p) {
    s <- if (dist == "exponential") 1 else exp(p[4]); eta <- p[1] + p[2] * d$x1 + p[3] * d$x2
    z <- function(t) (log(t) - eta) / s
    a <- ifelse(d$lower > 0, log_s[[dist]](z(d$lower)), 0); b <- ifelse(is.finite(d$upper), log_s[[dist]](z(d$upper)), -Inf)
    v <- ifelse(d$lower == d$upper, log_f[[dist]](z(d$lower)) - log(s) - log(d$lower), a + log1p(-exp(b - a)))
    d$weight * (v - ifelse(d$entry > 0, log_s[[dist]](z(d$entry)), 0))
  }
  ll <- function(p) sum(rows(p))
  safe <- function(p) { v <- ll(p); if (is.finite(v)) v else -1e10 }
  p <- c(1.5, 0, 0, if (dist != "exponential") 0)
  for (i in 1:4) p <- optim(p, safe, control = list(fnscale = -1, maxit = 5000, reltol = 1e-13))$par
  for (i in 1:20) {
    h <- slope(function(q) slope(ll, q), p); h <- (h + t(h)) / 2
    p <- p - solve(h, slope(ll, p))
  }
  scores <- slope(rows, p)
  v <- solve(-h)
  sandwich <- function(sums) v %*% crossprod(sums) %*% v
  list(distribution = dist, coef = p, se = sqrt(diag(v)), robust = sqrt(diag(sandwich(scores))), clustered = sqrt(diag(sandwich(rowsum(scores, d$cluster)))),
       loglik = ll(p), score = max(abs(slope(ll, p))))
}
case <- function(name, n, kinds, entry, weights) {
  x1 <- round(rnorm(n), 2); x2 <- rbinom(n, 1, 0.4)
  t <- exp(1.5 + 0.4 * x1 - 0.5 * x2 + 0.6 * log(rexp(n))); t <- round(t, 3) + 0.001
  k <- sample(kinds, n, TRUE); w <- runif(n, 0.3, 4)
  lower <- upper <- t
  lower[k == "left"] <- 0; upper[k == "left"] <- round(1.3 * t[k == "left"], 3)
  i <- k == "interval"; lower[i] <- round(floor(t / w) * w, 3)[i]; upper[i] <- round((floor(t / w) + 1) * w, 3)[i]
  upper[k == "right"] <- Inf
  late <- if (entry) ifelse(lower > 0 & runif(n) < 0.6, round(lower * runif(n, 0.1, 0.9), 3), 0) else rep(0, n)
  d <- data.frame(lower, upper, x1, x2, entry = late, weight = if (weights) round(runif(n, 0.3, 2), 2) else 1, cluster = sample(n %/% 3, n, TRUE))
  list(name = name, lower = d$lower, upper = ifelse(is.finite(d$upper), d$upper, NA), x1 = x1, x2 = x2, entry = d$entry, weight = d$weight, cluster = d$cluster,
       fits = lapply(names(log_s), function(dist) fit(d, dist)))
}
set.seed(978)
all <- c("exact", "left", "interval", "right")
writeLines(toJSON(list(program = R.version.string, date = format(Sys.Date()), cases = list(
  case("thirty rows of every kind", 30, all, FALSE, FALSE), case("late entry, left-censored rows too", 60, all, TRUE, FALSE),
  case("intervals only", 40, "interval", FALSE, FALSE), case("sampling weights", 50, all, FALSE, TRUE),
  case("left or right of one visit", 80, c("left", "right"), FALSE, FALSE))), digits = I(15), auto_unbox = TRUE, na = "null"), file.path(here, "mixed.json"))
