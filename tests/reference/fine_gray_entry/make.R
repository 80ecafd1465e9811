# Fine-Gray models with delayed entry, case weights and clusters: survival::finegray + coxph, cmprsk::crr on repeated rows, and the
# sandwich and the variance of predictions written out as sums over repeated rows and times; writes reference.json.
# Run: Rscript tests/reference/fine_gray_entry/make.R
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261128)

# influence on the coefficients and on the log cumulative hazard of new subjects (Fine and Gray 1999), squared after sums by cluster
by_definition <- function(time, k, X, b, cluster, at, new) {
  n <- length(time); r <- exp(drop(X %*% b)); p <- ncol(X)
  u <- sort(unique(time[k == 0])); N <- sapply(u, function(u) sum(time >= u)); C <- sapply(u, function(u) sum(k == 0 & time == u))
  free <- function(t) prod(1 - (C / N)[u < t])
  tj <- sort(unique(time[k == 1])); d <- sapply(tj, function(t) sum(k == 1 & time == t))
  Gj <- sapply(tj, free); Gi <- sapply(time, free); last <- max(time)
  w <- outer(1:n, seq_along(tj), function(i, j) ifelse(time[i] >= tj[j], 1, ifelse(k[i] == 2, Gj[j] / Gi[i], 0)))
  S0 <- colSums(w * r); xbar <- matrix(t(sapply(seq_along(tj), function(j) colSums(w[, j] * r * X) / S0[j])), ncol = p)
  dM <- outer(1:n, seq_along(tj), function(i, j) k[i] == 1 & time[i] == tj[j]) - (w * r) * matrix(d / S0, n, length(tj), byrow = TRUE)
  info <- matrix(0, p, p)
  for (j in seq_along(tj)) { c <- sweep(X, 2, xbar[j, ]); info <- info + d[j] * crossprod(c, w[, j] * r * c) / S0[j] }
  censoring <- function(f, size) {
    out <- matrix(0, n, size)
    for (m in seq_along(u)) {
      q <- rep(0, size)
      for (j in which(tj >= u[m])) for (i in which(k == 2 & time < u[m])) q <- q + f(i, j) * w[i, j] * r[i] * d[j] / S0[j]
      here <- k == 0 & time == u[m]; risk <- time >= u[m]
      out[here, ] <- sweep(out[here, , drop = FALSE], 2, q / N[m], "+")
      out[risk, ] <- sweep(out[risk, , drop = FALSE], 2, q * C[m] / N[m]^2, "-")
    }
    out
  }
  eta <- matrix(t(sapply(1:n, function(i) colSums((matrix(X[i, ], length(tj), p, byrow = TRUE) - xbar) * dM[i, ]))), ncol = p)
  psi <- censoring(function(i, j) X[i, ] - xbar[j, ], p)
  inf_b <- (eta + psi) %*% solve(info)
  se <- lapply(seq_len(nrow(new)), function(row) sapply(at, function(t) {
    keep <- tj <= t; L <- sum((d / S0)[keep]); e <- exp(sum(new[row, ] * b))
    a <- rowSums(sweep(dM, 2, keep / S0, "*")) + censoring(function(i, j) keep[j] / S0[j], 1)[, 1]
    h <- colSums(xbar[keep, , drop = FALSE] * (d / S0)[keep])
    inf_log <- (a - drop(inf_b %*% h)) / L + drop(inf_b %*% new[row, ])
    exp(-L * e) * L * e * sqrt(sum(rowsum(inf_log, cluster)^2))
  }))
  list(variance = crossprod(rowsum(inf_b, cluster)), prediction_se = se)
}
tight <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50, timefix = FALSE)
expand <- function(d, entry, cluster) {
  d$row <- seq_len(nrow(d)); d$state <- factor(d$cause, 0:2, c("censored", 1, 2))
  e <- if (entry) finegray(Surv(entry, time, state) ~ ., data = d, id = row, etype = "1", timefix = FALSE)
       else finegray(Surv(time, state) ~ ., data = d, etype = "1", timefix = FALSE)
  e$cl <- d[[cluster]][e$row]
  h <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2, data = e, weights = fgwt, ties = "breslow", cluster = cl, control = tight)
  list(coefficients = unname(coef(h)), robust = unname(vcov(h)), naive = unname(h$naive.var))
}
simulate <- function(n, months, late) {
  d <- data.frame(x1 = round(rnorm(n), 4), x2 = rbinom(n, 1, .4), centre = sample(letters[1:9], n, TRUE), w = sample(1:3, n, TRUE))
  raw <- rexp(n, .05 * exp(.4 * d$x1 - .6 * d$x2)); other <- rexp(n, .04); cens <- rexp(n, .02)
  d$time <- round(pmin(raw, other, cens), 6); d$cause <- ifelse(raw < pmin(other, cens), 1, ifelse(other < cens, 2, 0))
  d$entry <- if (late) round(ifelse(runif(n) < .4, 0, rexp(n, .15)), 6) else 0
  if (months) { d$time <- ceiling(d$time); d$entry <- floor(d$entry) }
  d <- d[d$entry < d$time, ]; d$id <- seq_len(nrow(d)); d
}
columns <- function(d) as.list(d[c("time", "entry", "cause", "x1", "x2", "centre", "w")])
entry_case <- function(name, d) {
  twice <- d[rep(seq_len(nrow(d)), d$w), ]; twice$each <- seq_len(nrow(twice))
  c(list(name = name), columns(d), list(plain = expand(d, TRUE, "id"), by_centre = expand(d, TRUE, "centre"),
    frequency = expand(twice, TRUE, "each"), sampling = expand(twice, TRUE, "id"), weighted_by_centre = expand(twice, TRUE, "centre")))
}
weight_case <- function(name, d) {
  twice <- d[rep(seq_len(nrow(d)), d$w), ]; twice$each <- seq_len(nrow(twice)); X <- as.matrix(twice[c("x1", "x2")])
  f <- crr(twice$time, twice$cause, X, failcode = 1, cencode = 0, gtol = 1e-13, maxiter = 100)
  new <- rbind(c(0.5, 1), c(-1, 0)); at <- as.numeric(quantile(twice$time[twice$cause == 1], c(.2, .5, 1), type = 1))
  part <- function(cluster) by_definition(twice$time, twice$cause, X, f$coef, twice[[cluster]], at, new)
  one <- crr(d$time, d$cause, as.matrix(d[c("x1", "x2")]), failcode = 1, cencode = 0, gtol = 1e-13, maxiter = 100)
  c(list(name = name), columns(d), list(coefficients = unname(f$coef), log_likelihood = f$loglik, naive = unname(f$invinf), crr_variance = f$var,
    new = new, at = at, frequency = part("each"), sampling = part("id"), by_centre = part("centre"),
    unweighted_coefficients = unname(one$coef), unweighted_by_centre = by_definition(d$time, d$cause, as.matrix(d[c("x1", "x2")]), one$coef, d$centre, at, new)))
}
writeLines(toJSON(list(
  program = R.version.string, package = paste("cmprsk", packageVersion("cmprsk"), "survival", packageVersion("survival")),
  date = format(Sys.Date()), seed = 20261128,
  entry = list(entry_case("continuous", simulate(140, FALSE, TRUE)), entry_case("whole_months", simulate(160, TRUE, TRUE))),
  weights = list(weight_case("continuous", simulate(60, FALSE, FALSE)), weight_case("whole_months", simulate(70, TRUE, FALSE)))),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
