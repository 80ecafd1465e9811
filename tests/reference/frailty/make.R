# coxph with frailty(id) of R survival: given variances (dense information) and the variance estimated by its EM search, run
# with a small tolerance. Run: Rscript tests/reference/frailty/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
control <- coxph.control(eps = 1e-11, toler.chol = 1e-13, iter.max = 300, outer.max = 300)
one <- function(d, x, id, start, ties, thetas, strata) {
  X <- as.matrix(x)
  s <- if (is.null(strata)) rep(1, nrow(X)) else strata
  y <- if (is.null(start)) Surv(d$time, d$status) else Surv(start, d$time, d$status)
  fixed <- lapply(thetas, function(th) {
    f <- coxph(y ~ X + frailty(id, sparse = FALSE, theta = th, method = "fixed") + strata(s), ties = ties, control = control)
    p <- ncol(X)
    list(theta = th, coef = unname(coef(f)[1:p]), se = unname(sqrt(diag(f$var)[1:p])), log_frailty = unname(coef(f)[-(1:p)]),
         conditional = f$loglik[2], integrated = unname(f$history[[1]]$c.loglik))
  })
  g <- coxph(y ~ X + frailty(id, sparse = FALSE, eps = 1e-11) + strata(s), ties = ties, control = control)
  list(fixed = fixed, theta = g$history[[1]]$theta, coef = unname(coef(g)[seq_len(ncol(X))]), integrated = unname(g$history[[1]]$c.loglik))
}
case <- function(name, d, x, id, start = NULL, ties = "efron", thetas = c(0.1, 0.5, 2), strata = NULL)
  c(list(name = name, time = d$time, event = d$status, x = as.list(x), group = id, start = start, strata = strata, ties = ties),
    one(d, x, as.integer(factor(id)), start, ties, thetas, strata))
k <- kidney
r <- rats[rats$sex == "f", ]
b <- bladder2[bladder2$stop > bladder2$start, ]
cases <- list(
  case("kidney", k, k[c("age", "sex")], k$id),
  case("kidney_breslow", k, k[c("age", "sex")], k$id, ties = "breslow"),
  case("rats", r, data.frame(rx = r$rx), r$litter),
  case("bladder_recurrences", data.frame(time = b$stop, status = b$event), b[c("rx", "number", "size")], b$id, start = b$start),
  case("kidney_strata", k, k["age"], k$id, strata = k$sex))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")), cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null"), file.path(here, "reference.json"))
