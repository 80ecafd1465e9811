# Standard errors of the cumulative incidence by cause-specific Cox models. By the delta method with numeric derivatives: the incidence
# is written as a function of the number of events at each time and of the coefficients (baseline hazards follow from both), and
# differentiated by central differences. riskRegression's standard errors are from influence functions; they are kept for comparison.
# Writes reference.json.
# Run: Rscript tests/reference/cause_specific_se/make.R
suppressMessages({library(survival); library(riskRegression); library(prodlim); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261129)
tight <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50, timefix = FALSE)
central <- function(f, x, scale) sapply(seq_along(x), function(i) {  # fourth order
  h <- scale[i] * 1e-3; e <- replace(numeric(length(x)), i, h)
  (8 * (f(x + e) - f(x - e)) - (f(x + 2 * e) - f(x - 2 * e))) / (12 * h)
})
delta <- function(d, ties, stratified, new, at, product) {
  X <- as.matrix(d[c("x", "z")]); s <- if (stratified) d$centre else rep("a", nrow(d)); ns <- if (stratified) new$centre else "a"
  entry <- if (is.null(d$entry)) rep(-1, nrow(d)) else d$entry
  fits <- lapply(1:2, function(k) {
    y <- if (is.null(d$entry)) Surv(d$time, d$cause == k) else Surv(d$entry, d$time, d$cause == k)
    if (stratified) coxph(y ~ X + strata(s), ties = ties, control = tight) else coxph(y ~ X, ties = ties, control = tight)
  })
  z <- unlist(new[c("x", "z")])
  # shares of each event time: Efron's tied deaths see l/d of the risk of the dead less
  jumps <- do.call(rbind, lapply(1:2, function(k) { t <- sort(unique(d$time[d$cause == k & s == ns])); do.call(rbind, lapply(t, function(t) {
    n <- sum(d$time == t & d$cause == k & s == ns); if (ties == "efron") data.frame(k, t, l = (1:n - 1) / n, w = 1) else data.frame(k, t, l = 0, w = n) })) }))
  incidence <- function(w, b) {
    b <- list(b[1:2], b[3:4])
    h <- sapply(seq_len(nrow(jumps)), function(i) {
      k <- jumps$k[i]; t <- jumps$t[i]; r <- exp(drop(X %*% b[[k]])); risk <- d$time >= t & entry < t & s == ns; dead <- d$time == t & d$cause == k & s == ns
      w[i] * exp(sum(z * b[[k]])) / (sum(r[risk]) - jumps$l[i] * sum(r[dead]))
    })
    u <- sort(unique(jumps$t)); H <- sapply(1:2, function(k) sapply(u, function(u) sum(h[jumps$k == k & jumps$t == u]))); if (length(u) == 1) H <- rbind(H)
    after <- if (product) cumprod(1 - rowSums(H)) else exp(-cumsum(rowSums(H))); before <- c(1, after[-length(u)])
    as.vector(sapply(1:2, function(k) sapply(at, function(t) sum((before * H[, k])[u <= t]))))
  }
  b <- c(coef(fits[[1]]), coef(fits[[2]])); V <- matrix(0, 4, 4); V[1:2, 1:2] <- vcov(fits[[1]]); V[3:4, 3:4] <- vcov(fits[[2]])
  gw <- central(function(w) incidence(w, b), jumps$w, rep(1, nrow(jumps))); gb <- central(function(b) incidence(jumps$w, b), b, sqrt(diag(V)))
  list(incidence = incidence(jumps$w, b), se = sqrt(drop(gw^2 %*% jumps$w) + rowSums((gb %*% V) * gb)))
}
case <- function(name, d, ties = "efron", stratified = FALSE) {
  new <- list(list(x = -1, z = 0, centre = "a"), list(x = 0.5, z = 1, centre = "b")); at <- c(2.5, 6, 14)
  out <- list(name = name, ties = ties, strata = stratified, time = d$time, cause = d$cause, x = d$x, z = d$z, centre = d$centre, entry = d$entry,
              new = list(x = c(-1, 0.5), z = c(0, 1), centre = c("a", "b")), times = at,
              product = lapply(new, function(n) delta(d, ties, stratified, n, at, TRUE)),
              exponential = lapply(new, function(n) delta(d, ties, stratified, n, at, FALSE)))
  if (is.null(d$entry) && !stratified && ties == "efron") {
    f <- CSC(Hist(time, cause) ~ x + z, data = d, method = ties); p <- predict(f, newdata = data.frame(x = c(-1, 0.5), z = c(0, 1)), times = at, cause = 1, se = TRUE, keep.times = FALSE)
    out$influence_se <- unname(p$absRisk.se)
  }
  out
}
n <- 130
d <- data.frame(x = round(rnorm(n), 4), z = rbinom(n, 1, .4), centre = sample(c("a", "b"), n, TRUE))
raw <- rexp(n, .05 * exp(.4 * d$x)); other <- rexp(n, .06 * exp(.5 * d$z)); cens <- rexp(n, .03)
d$time <- round(pmin(raw, other, cens), 6); d$cause <- ifelse(raw < pmin(other, cens), 1, ifelse(other < cens, 2, 0))
whole <- d; whole$time <- ceiling(whole$time)
late <- d; late$entry <- round(runif(n, 0, 4), 6); late <- late[late$entry < late$time, ]
writeLines(toJSON(list(
  program = R.version.string, package = paste("riskRegression", packageVersion("riskRegression"), "survival", packageVersion("survival")),
  date = format(Sys.Date()), seed = 20261129,
  cases = list(case("without_ties", d), case("whole_months", whole), case("whole_months_breslow", whole, ties = "breslow"), case("strata", d, stratified = TRUE), case("delayed_entry", late))),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
