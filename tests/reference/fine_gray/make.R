# Fine-Gray models: cmprsk::crr, survival::finegray + coxph, and the sandwich and the variance of predictions written out as
# sums over all rows and times (slow, without prefix sums); writes reference.json.
# Run: Rscript tests/reference/fine_gray/make.R
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261124)

# by definition (Fine and Gray 1999, section 3 and 4); events: "cmprsk" = at risk of censoring at their own time, "finegray" = not
by_definition <- function(time, k, X, b, group, ties, at, new, own_group_only = FALSE) {
  n <- length(time); r <- exp(drop(X %*% b)); p <- ncol(X)
  at_risk <- function(i, u) time[i] > u | (time[i] == u & (ties == "cmprsk" | k[i] == 0))
  n_at <- function(g, u) sum(sapply(which(group == g), at_risk, u))
  free <- function(g, t) {  # G(t-)
    u <- sort(unique(time[group == g & k == 0 & time < t]))
    if (length(u) == 0) return(1)
    prod(sapply(u, function(u) 1 - sum(group == g & k == 0 & time == u) / n_at(g, u)))
  }
  last <- tapply(time, group, max)
  tj <- sort(unique(time[k == 1])); d <- sapply(tj, function(t) sum(k == 1 & time == t))
  w <- matrix(0, n, length(tj))
  for (i in 1:n) for (j in seq_along(tj)) {
    g <- group[i]
    w[i, j] <- if (time[i] >= tj[j]) 1 else if (k[i] == 2 && tj[j] <= last[[as.character(g)]]) free(g, tj[j]) / free(g, time[i]) else 0
  }
  S0 <- colSums(w * r); xbar <- t(sapply(seq_along(tj), function(j) colSums(w[, j] * r * X) / S0[j])); if (p == 1) xbar <- t(xbar)
  dN <- outer(1:n, seq_along(tj), function(i, j) k[i] == 1 & time[i] == tj[j])
  dM <- dN - (w * r) * matrix(d / S0, n, length(tj), byrow = TRUE)
  info <- matrix(0, p, p)
  for (j in seq_along(tj)) { c <- sweep(X, 2, xbar[j, ]); info <- info + d[j] * crossprod(c, w[, j] * r * c) / S0[j] }
  # influence of the censoring weights for an integrand f(i, j), a vector
  censoring <- function(f, size) {
    out <- matrix(0, n, size)
    for (g in unique(group)) for (u in sort(unique(time[group == g & k == 0]))) {
      q <- rep(0, size)
      for (j in which(if (ties == "cmprsk") tj >= u else tj > u)) {
        dj <- if (own_group_only) sum(k == 1 & time == tj[j] & group == g) else d[j]
        for (i in which(group == g & k == 2 & (if (ties == "cmprsk") time < u else time <= u)))
          q <- q + f(i, j) * w[i, j] * r[i] * dj / S0[j]
      }
      N <- n_at(g, u); c <- sum(group == g & k == 0 & time == u)
      for (i in which(group == g)) {
        if (k[i] == 0 && time[i] == u) out[i, ] <- out[i, ] + q / N
        if (at_risk(i, u)) out[i, ] <- out[i, ] - q * c / N^2
      }
    }
    out
  }
  eta <- t(sapply(1:n, function(i) colSums((matrix(X[i, ], length(tj), p, byrow = TRUE) - xbar) * dM[i, ]))); if (p == 1) eta <- t(eta)
  psi <- censoring(function(i, j) X[i, ] - xbar[j, ], p)
  inv <- solve(info); inf_b <- (eta + psi) %*% inv
  pred <- lapply(seq_len(nrow(new)), function(row) sapply(at, function(t) {
    keep <- tj <= t; L <- sum((d / S0)[keep]); e <- exp(sum(new[row, ] * b))
    a <- rowSums(sweep(dM, 2, keep / S0, "*")) + censoring(function(i, j) keep[j] / S0[j], 1)[, 1]
    h <- colSums(xbar[keep, , drop = FALSE] * (d / S0)[keep])
    inf_log <- (a - drop(inf_b %*% h)) / L + drop(inf_b %*% new[row, ])
    exp(-L * e) * L * e * sqrt(sum(inf_log^2))
  }))
  list(variance = crossprod(inf_b), score = colSums(eta), naive = inv, prediction_se = pred)
}

case <- function(name, time, cause, X, groups = NULL, definition = FALSE, finegray = TRUE) {
  X <- as.matrix(X); colnames(X) <- paste0("x", seq_len(ncol(X)))
  f <- if (is.null(groups)) crr(time, cause, X, failcode = 1, cencode = 0, gtol = 1e-13, maxiter = 100)
       else crr(time, cause, X, cengroup = groups, failcode = 1, cencode = 0, gtol = 1e-13, maxiter = 100)
  new <- rbind(X[1, ], colMeans(X)); pr <- predict(f, new)
  at <- f$uftime[unique(round(quantile(seq_along(f$uftime), c(.2, .5, 1))))]
  out <- list(name = name, time = time, cause = cause, x = X, groups = groups, coefficients = unname(f$coef), variance = f$var,
              log_likelihood = f$loglik, log_likelihood_null = f$loglik.null, naive = f$invinf,
              new = new, event_time = pr[, 1], incidence = t(pr[, -1]), at = at)
  d <- data.frame(time = time, state = factor(cause, 0:max(cause), c("censored", 1:max(cause))), X, id = seq_along(time),
                  groups = if (is.null(groups)) "all" else groups)
  if (finegray) {
    e <- finegray(Surv(time, state) ~ ., data = d, etype = "1", timefix = FALSE)
    formula <- as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(colnames(X), collapse = "+")))
    h <- coxph(formula, data = e, weights = fgwt, ties = "breslow", cluster = id,
               control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50, timefix = FALSE))
    out$finegray <- list(coefficients = unname(coef(h)), robust = unname(vcov(h)), naive = unname(h$naive.var))
  }
  if (definition) {
    g <- if (is.null(groups)) rep("all", length(time)) else groups
    k <- ifelse(cause > 1, 2, cause)
    out$definition <- by_definition(time, k, X, f$coef, g, "cmprsk", at, new)
    out$definition_own_group <- by_definition(time, k, X, f$coef, g, "cmprsk", at, new, own_group_only = TRUE)$variance
    b <- f$coef  # Newton on the sums written out
    for (step in 1:8) { e <- by_definition(time, k, X, b, g, "finegray", numeric(0), new[0, , drop = FALSE]); b <- b + drop(e$naive %*% e$score) }
    out$definition_finegray <- c(list(coefficients = unname(b)), by_definition(time, k, X, b, g, "finegray", at, new))
  }
  out
}

n <- 90
X <- cbind(rnorm(n), rbinom(n, 1, .4), runif(n, 0, 5)); lp <- drop(X %*% c(.4, -.6, .1))
raw <- rexp(n, .05 * exp(lp)); other <- rexp(n, .04); cens <- rexp(n, .03)
time <- pmin(raw, other, cens); cause <- ifelse(time == raw, 1, ifelse(time == other, 2, 0))
g <- sample(c("north", "south"), n, TRUE)
b <- na.omit(data.frame(time = pbc$time, cause = ifelse(pbc$status == 2, 1, ifelse(pbc$status == 1, 2, 0)), age = pbc$age, edema = pbc$edema, bili = log(pbc$bili)))
dose <- X; dose[, 3] <- 1e9 * dose[, 3]
cases <- list(
  case("without_ties", round(time, 7), cause, X, definition = TRUE),
  case("whole_months", ceiling(time), cause, X, definition = TRUE),
  case("three_causes", ceiling(time), ifelse(cause == 2 & runif(n) < .5, 3, cause), X[, 1, drop = FALSE]),
  case("censoring_groups", ceiling(time), cause, X, groups = g, definition = TRUE, finegray = FALSE),  # finegray's weights are right at events of the own stratum only
  case("nobody_censored", ceiling(time), ifelse(cause == 0, 2, cause), X, finegray = FALSE),
  case("pbc", b$time, b$cause, b[, 3:5]))

writeLines(toJSON(list(
  program = R.version.string, package = paste("cmprsk", packageVersion("cmprsk"), "survival", packageVersion("survival")),
  date = format(Sys.Date()), seed = 20261124, cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
