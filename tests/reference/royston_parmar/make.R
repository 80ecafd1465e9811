# Royston-Parmar models by direct maximisation written in R (spline basis and log-likelihood with analytic score, BFGS, then
# Newton with differences of the score); flexsurv is not at hand. Run: Rscript tests/reference/royston_parmar/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
basis <- function(y, k) {
  a <- k[1]; b <- k[length(k)]
  cbind(1, y, matrix(as.numeric(unlist(lapply(k[-c(1, length(k))], function(j) {
    l <- (b - j) / (b - a); pmax(y - j, 0)^3 - l * pmax(y - a, 0)^3 - (1 - l) * pmax(y - b, 0)^3 }))), nrow = length(y)))
}
slope <- function(y, k) {
  a <- k[1]; b <- k[length(k)]
  cbind(0 * y, 0 * y + 1, matrix(as.numeric(unlist(lapply(k[-c(1, length(k))], function(j) {
    l <- (b - j) / (b - a); 3 * (pmax(y - j, 0)^2 - l * pmax(y - a, 0)^2 - (1 - l) * pmax(y - b, 0)^2) }))), nrow = length(y)))
}
logf <- list(hazard = function(z) z - exp(z), odds = function(z) z - 2 * log1p(exp(z)), normal = function(z) dnorm(z, log = TRUE))
logs <- list(hazard = function(z) -exp(z), odds = function(z) -log1p(exp(z)), normal = function(z) pnorm(-z, log.p = TRUE))
df <- list(hazard = function(z) 1 - exp(z), odds = function(z) 1 - 2 * plogis(z), normal = function(z) -z)
ds <- list(hazard = function(z) -exp(z), odds = function(z) -plogis(z), normal = function(z) -exp(dnorm(z, log = TRUE) - pnorm(-z, log.p = TRUE)))
maximise <- function(time, event, entry, X, scale, interior) {
  k <- unname(quantile(log(time[event == 1]), seq(0, 1, length.out = interior + 2)))
  B <- cbind(basis(log(time), k), X); D <- cbind(slope(log(time), k), 0 * X)
  late <- entry > 0
  E <- cbind(basis(log(ifelse(late, entry, 1)), k), X)
  ll <- function(g) { z <- c(B %*% g); d <- c(D %*% g); e <- c(E %*% g)
    if (any(d[event == 1] <= 0)) return(-1e10)
    sum(event * (logf[[scale]](z) + log(pmax(d, 1e-300)) - log(time)) + (1 - event) * logs[[scale]](z) - late * logs[[scale]](e)) }
  score <- function(g) { z <- c(B %*% g); d <- c(D %*% g); e <- c(E %*% g)
    colSums(B * (event * df[[scale]](z) + (1 - event) * ds[[scale]](z))) + colSums(D * (event / d)) - colSums(E * (late * ds[[scale]](e))) }
  # start at the straight line of least squares on Kaplan-Meier
  s <- survfit(Surv(time, event) ~ 1); keep <- s$n.event > 0 & s$surv > 0
  gS <- switch(scale, hazard = log(-log(s$surv[keep])), odds = qlogis(1 - s$surv[keep]), normal = -qnorm(s$surv[keep]))
  g <- c(coef(lm(gS ~ log(s$time[keep]))), rep(0, interior + ncol(X)))
  unit <- pmax(apply(abs(B), 2, max), 1e-8)
  o <- optim(g * unit, function(h) ll(h / unit), function(h) score(h / unit) / unit, method = "BFGS",
             control = list(fnscale = -1, reltol = 1e-15, maxit = 5000))
  par <- o$par
  sc <- function(h) score(h / unit) / unit
  hess <- function(h) { e <- 1e-4
    m <- sapply(seq_along(h), function(j) { d <- replace(numeric(length(h)), j, e); (-sc(h + 2 * d) + 8 * sc(h + d) - 8 * sc(h - d) + sc(h - 2 * d)) / (12 * e) })
    (m + t(m)) / 2 }
  for (i in 1:12) { step <- solve(hess(par), sc(par)); while (ll((par - step) / unit) < ll(par / unit) - 1e-9) step <- step / 2; par <- par - step }
  list(scale = scale, interior = interior, knots = exp(k), coef = unname(par / unit), vcov = unname(solve(-hess(par)) / outer(unit, unit)),
       loglik = ll(par / unit), score = max(abs(sc(par))))
}
v <- veteran
X <- as.matrix(v[c("karno", "prior")])
X <- cbind(karno = v$karno, small = as.numeric(v$celltype == "smallcell"))
zero <- rep(0, nrow(v))
fits <- list()
for (scale in names(logf)) for (interior in c(0, 1, 2, 3)) fits[[length(fits) + 1]] <- maximise(v$time, v$status, zero, X, scale, interior)
set.seed(3)
entry <- ifelse(runif(nrow(v)) < 0.5, round(v$time * runif(nrow(v)) * 0.8), 0)
late <- lapply(c("hazard", "odds"), function(scale) maximise(v$time, v$status, entry, X, scale, 2))
writeLines(toJSON(list(program = R.version.string, time = v$time, event = v$status, karno = X[, 1], small = X[, 2], entry = entry,
  fits = fits, delayed = late), digits = NA, auto_unbox = TRUE), file.path(here, "reference.json"))
