# Interval-censored survival of R survival (survfit, type interval2, EM with tightened control) and a direct maximisation
# of the likelihood over the innermost regions (softmax masses, nlm, then Newton steps). Run: Rscript tests/reference/turnbull/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))

regions <- function(lower, upper) {
  exact <- lower == upper
  p <- data.frame(t = c(lower, upper), o = c(ifelse(exact, 0, 2), rep(1, length(upper))))
  p <- p[order(p$t, p$o), ]
  k <- which(p$o[-nrow(p)] != 1 & p$o[-1] == 1)
  list(left = p$t[k], right = p$t[k + 1])
}
# the maximum by expectation-maximisation to exhaustion, then Newton on the masses that stay
direct <- function(lower, upper, w) {
  r <- regions(lower, upper)
  a <- outer(seq_along(lower), seq_along(r$left), function(i, j)
    ifelse(lower[i] == upper[i], r$left[j] == lower[i] & r$right[j] == upper[i],
           r$left[j] >= lower[i] & r$right[j] <= upper[i] & r$right[j] > lower[i])) * 1
  p <- rep(1 / ncol(a), ncol(a))
  for (round in 1:200000) {
    g <- colSums(w * a / c(a %*% p)) / sum(w)
    p <- p * g
    if (max(abs(g[p > 1e-12] - 1)) < 1e-13 && max(g) < 1 + 1e-13) break
    p[p < 1e-16] <- 0
    p <- p / sum(p)
    if (round %% 500 == 0) {
      s <- which(p > 1e-7)
      for (newton in 1:20) {
        q <- c(a[, s, drop = FALSE] %*% p[s])
        h <- crossprod(a[, s, drop = FALSE] * sqrt(w) / q)
        score <- colSums(w * a[, s, drop = FALSE] / q)
        kkt <- rbind(cbind(h, 1), c(rep(1, length(s)), 0))
        step <- solve(kkt, c(score, 1 - sum(p[s])))[seq_along(s)]
        if (any(p[s] + step < 0)) break
        p[-s] <- 0
        p[s] <- p[s] + step
      }
    }
  }
  g <- colSums(w * a / c(a %*% p)) / sum(w)
  list(left = r$left, right = r$right, mass = p, loglik = sum(w * log(c(a %*% p))), kkt = max(g) - 1)
}
case <- function(name, lower, upper, w = rep(1, length(lower))) {
  d <- direct(lower, upper, w)
  l <- ifelse(lower == 0 & upper > 0, NA, lower); u <- ifelse(is.infinite(upper), NA, upper)
  f <- survfit(Surv(l, u, type = "interval2") ~ 1, weights = w)
  ends <- sort(unique(d$right[is.finite(d$right)]))
  list(name = name, lower = lower, upper = u, weights = w, left = d$left[d$mass > 1e-9],
       right = ifelse(is.finite(d$right), d$right, NA)[d$mass > 1e-9], mass = d$mass[d$mass > 1e-9], loglik = d$loglik, kkt = d$kkt,
       survfit_time = ends, survfit_surv = summary(f, times = ends, extend = TRUE)$surv)
}
data(bcdeter, package = "KMsurv") # breast deterioration, Finkelstein and Wolfe (1985); Klein and Moeschberger, section 1.18
b <- bcdeter
b$upper[is.na(b$upper)] <- Inf
set.seed(20140324)
n <- 150
t <- rweibull(n, 1.4, 9)
visits <- function(t) { v <- cumsum(runif(8, 0.5, 3)); v <- round(v, 1); c(max(c(0, v[v < t])), min(c(Inf, v[v >= t]))) }
s <- t(sapply(t, visits))
exact <- runif(n) < 0.2
s[exact, ] <- round(t[exact], 1)
cases <- list(
  case("hand", c(0, 1, 1, 2, 0.5, 3), c(1, 2, 2, Inf, 4, 3)),
  case("deterioration_radiotherapy", b$lower[b$treat == 1], b$upper[b$treat == 1]),
  case("deterioration_chemotherapy", b$lower[b$treat == 2], b$upper[b$treat == 2]),
  case("visits_and_exact", s[, 1], s[, 2]),
  case("weighted", s[1:40, 1], s[1:40, 2], rep(c(1, 3), 20)))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")), cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
