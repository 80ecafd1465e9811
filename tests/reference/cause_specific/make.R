# Cause-specific Cox models and the incidence from both: riskRegression::CSC and coxph; writes reference.json.
# Run: Rscript tests/reference/cause_specific/make.R
suppressMessages({library(survival); library(riskRegression); library(prodlim); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261127)
n <- 150
d <- data.frame(x = round(rnorm(n), 4), z = rbinom(n, 1, .4), centre = sample(c("a", "b"), n, TRUE))
raw <- rexp(n, .05 * exp(.4 * d$x)); other <- rexp(n, .04 * exp(.5 * d$z)); cens <- rexp(n, .03)
d$time <- pmin(raw, other, cens); d$cause <- ifelse(d$time == raw, 1, ifelse(d$time == other, 2, 0))
case <- function(name, d, strata = FALSE, ties = "efron") {
  formula <- if (strata) Hist(time, cause) ~ x + z + strata(centre) else Hist(time, cause) ~ x + z
  f <- CSC(formula, data = d, method = ties, control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50, timefix = FALSE))
  new <- data.frame(x = c(-1, 0.5, 2), z = c(0, 1, 1), centre = c("a", "b", "a")); times <- c(2, 5.5, 11, 20)
  p <- function(k, product) unname(predict(f, newdata = new, times = times, cause = k, se = FALSE, product.limit = product, keep.times = FALSE)$absRisk)
  list(name = name, ties = ties, strata = strata, x = d$x, z = d$z, centre = d$centre, time = d$time, cause = d$cause, new = as.list(new), times = times,
       coefficients = lapply(f$models, function(m) unname(coef(m))), variance = lapply(f$models, function(m) unname(vcov(m))),
       product = list(p(1, TRUE), p(2, TRUE)), exponential = list(p(1, FALSE), p(2, FALSE)))
}
whole <- d; whole$time <- ceiling(whole$time)
cases <- list(case("without_ties", d), case("strata", d, strata = TRUE), case("whole_months_breslow", whole, ties = "breslow"), case("whole_months", whole))
writeLines(toJSON(list(
  program = R.version.string, package = paste("riskRegression", packageVersion("riskRegression"), "survival", packageVersion("survival")),
  date = format(Sys.Date()), seed = 20261127, cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
