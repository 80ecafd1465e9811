# Firth's penalised Cox model by direct maximisation in R: no package is used for the penalty itself.
# log-likelihood and information come from coxph at fixed coefficients (iter.max = 0); the penalised likelihood is
# differentiated by Richardson extrapolation (numDeriv) and the score equations are solved by nleqslv.
# Limits solve the two conditions of Venzon and Moolgavkar (1988). Run: Rscript make_firth.R
suppressMessages({library(survival); library(jsonlite); library(numDeriv); library(nleqslv)})

penalised <- function(formula, data, ties) function(b) {
  f <- tryCatch(suppressWarnings(coxph(formula, data, init = b, ties = ties, control = coxph.control(iter.max = 0))),
                error = function(e) NULL)
  if (is.null(f)) return(-1e10) # predictors overflow: far from any maximum
  f$loglik[2] - 0.5 * as.numeric(determinant(f$var)$modulus)
}

case <- function(name, data, x, ties = "efron", entry = NULL, strata = NULL) {
  xm <- as.matrix(data[, x, drop = FALSE]); d <- data; d$xm <- xm
  d$y <- if (is.null(entry)) Surv(d$time, d$event) else Surv(d[[entry]], d$time, d$event)
  d$s <- if (is.null(strata)) rep(1, nrow(d)) else d[[strata]]
  f <- if (is.null(strata)) y ~ xm else y ~ xm + strata(s)
  l <- penalised(f, d, ties); p <- length(x)
  g <- function(b) grad(l, b, method.args = list(r = 6))
  unit <- 1 / apply(xm, 2, sd)
  start <- optim(rep(0, p), function(b) -l(b), method = "BFGS", control = list(parscale = unit))$par
  best <- nleqslv(start, g, control = list(xtol = 1e-13, ftol = 1e-11))$x
  top <- l(best)
  at <- suppressWarnings(coxph(f, d, init = best, ties = ties, control = coxph.control(iter.max = 0)))
  se <- sqrt(diag(at$var))
  limits <- t(sapply(seq_len(p), function(j) sapply(c(-1, 1), function(side) {
    equations <- function(b) { v <- g(b); v[j] <- 2 * (top - l(b)) - qchisq(0.95, 1); v }
    # follow the profile to a good starting point
    profile <- function(v) { if (p == 1) return(v); b <- best; b[j] <- v
      o <- optim(best[-j], function(r) { b[-j] <- r; -l(b) }, method = "BFGS", control = list(parscale = unit[-j])); b[-j] <- o$par; b }
    h <- function(v) 2 * (top - l(profile(v))) - qchisq(0.95, 1)
    reach <- se[j]; while (h(best[j] + side * reach) < 0) reach <- reach * 1.5
    v <- uniroot(h, sort(c(best[j], best[j] + side * reach)), tol = 1e-7)$root
    nleqslv(profile(v), equations, control = list(xtol = 1e-13, ftol = 1e-11))$x[j]
  })))
  lr <- sapply(seq_len(p), function(j) {
    if (p == 1) return(2 * (top - l(0)))
    b <- best; b[j] <- 0
    r <- nleqslv(best[-j], function(r) { b[-j] <- r; g(b)[-j] }, control = list(xtol = 1e-13, ftol = 1e-11))$x
    b[-j] <- r; 2 * (top - l(b))
  })
  list(name = name, ties = ties, columns = x,
       data = c(list(time = d$time, event = as.integer(d$event)), setNames(lapply(x, function(v) as.numeric(data[[v]])), x),
                if (!is.null(entry)) list(entry = data[[entry]]), if (!is.null(strata)) list(strata = as.integer(factor(data[[strata]])))),
       coefficients = best, standard_errors = unname(se), log_likelihood = top, log_likelihood_null = l(rep(0, p)),
       lower = limits[, 1], upper = limits[, 2], lr = lr)
}

ov <- transform(survival::ovarian, time = futime, event = fustat)
n <- 81
deaths <- data.frame(time = rep(12, n), event = 0, arm = as.numeric(seq_len(n) <= 41))
deaths$time[1:4] <- c(2, 3, 3, 5); deaths$event[1:4] <- 1
set.seed(20261122); deaths$age <- round(rnorm(n, 33, 9)); deaths$centre <- rep(1:3, 27)
he <- transform(survival::heart[1:70, ], time = stop, entry = start, transplanted = as.numeric(transplant) - 1)
cases <- list(
  case("ovarian", ov, c("age", "rx")),
  case("separated", deaths, "arm"),
  case("separated_with_age", deaths, c("arm", "age")),
  case("separated_breslow", deaths, c("arm", "age"), ties = "breslow"),
  case("separated_strata", deaths, c("arm", "age"), strata = "centre"),
  case("heart_counting", he, c("age", "transplanted"), entry = "entry"))
writeLines(toJSON(list(made_with = paste0("R ", getRversion(), ", survival ", packageVersion("survival"), ", numDeriv ",
  packageVersion("numDeriv"), ", nleqslv ", packageVersion("nleqslv")), date = format(Sys.Date()), cases = cases),
  digits = I(17), auto_unbox = TRUE), "firth.json")
