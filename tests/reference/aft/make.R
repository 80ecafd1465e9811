# survreg of R survival with tightened control, all kinds of censoring, weights, clusters; delayed entry by direct
# maximisation (survreg has none). Run: Rscript tests/reference/aft/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
control <- survreg.control(rel.tolerance = 1e-13, iter.max = 200, toler.chol = 1e-15)
dists <- c(weibull = "weibull", exponential = "exponential", "log-normal" = "lognormal", "log-logistic" = "loglogistic")
p <- c(0.1, 0.5, 0.9)

# survreg's iteration ends by the change of its log-likelihood; Newton steps on numerically exact scores finish it
# Robust variance from the scores of the rows by differences of the likelihood written out: survreg's own dfbeta residuals do not
# sum to zero with interval-censored rows and leave out the weights (survival 3.5-3)
sandwich <- function(ours, par, lower, upper, X, w, id, V) {
  S <- switch(ours, "log-normal" = function(z) pnorm(-z), "log-logistic" = function(z) plogis(-z), function(z) exp(-exp(z)))
  lf <- switch(ours, "log-normal" = function(z) dnorm(z, log = TRUE), "log-logistic" = function(z) z - 2 * log1p(exp(z)), function(z) z - exp(z))
  ll <- function(p) { s <- if (length(p) > ncol(X)) p[ncol(X) + 1] else 0
    z <- function(t) (log(t) - c(X %*% p[seq_len(ncol(X))])) / exp(s)
    ifelse(lower == upper, lf(z(lower)) - s, log(S(z(lower)) - ifelse(is.finite(upper), S(z(upper)), 0))) }
  u <- sapply(seq_along(par), function(j) { h <- replace(numeric(length(par)), j, 1e-3 * sqrt(V[j, j]))
    (8 * (ll(par + h) - ll(par - h)) - (ll(par + 2 * h) - ll(par - 2 * h))) / (12 * sum(h)) })
  V %*% crossprod(rowsum(w * u, id)) %*% V
}
case <- function(name, d, formula, lower, upper, x, new, weights = NULL, cluster = NULL) {
  lapply(names(dists), function(ours) {
    d$w <- if (is.null(weights)) rep(1, nrow(d)) else weights
    d$id <- if (is.null(cluster)) seq_len(nrow(d)) else cluster
    first <- survreg(formula, d, weights = w, dist = dists[[ours]], control = control)
    init <- if (ours == "exponential") coef(first) else c(coef(first), log(first$scale))
    f <- survreg(formula, d, weights = w, dist = dists[[ours]], control = control, init = init)
    robust <- sandwich(ours, init, lower, upper, cbind(1, as.matrix(x)), d$w, d$id, vcov(f))
    if (all(d$w == 1) && all(lower == upper | is.infinite(upper)))
      stopifnot(max(abs(robust / vcov(survreg(formula, d, dist = dists[[ours]], control = control, init = init, robust = TRUE, cluster = id)) - 1)) < 1e-5)
    null <- survreg(update(formula, . ~ 1), d, weights = w, dist = dists[[ours]], control = control)
    q <- predict(f, new, type = "quantile", p = p, se.fit = TRUE)
    list(name = name, distribution = ours, lower = lower, upper = ifelse(is.infinite(upper), NA, upper), x = as.list(x), new = as.list(new),
         weights = weights, cluster = cluster, coef = unname(coef(f)), scale = f$scale, vcov = unname(vcov(f)),
         robust = unname(robust), loglik = f$loglik[2], loglik_null = null$loglik[2], p = p,
         quantile = unname(q$fit), quantile_se = unname(q$se.fit))
  })
}
set.seed(1)
v <- veteran
v$celltype <- as.numeric(v$celltype == "smallcell")
new <- data.frame(karno = c(30, 80), celltype = c(1, 0))
right <- case("veteran", v, Surv(time, status) ~ karno + celltype, v$time, ifelse(v$status == 1, v$time, Inf), v[c("karno", "celltype")], new,
              cluster = rep(1:30, length.out = nrow(v)))
weighted <- case("veteran_weighted", v, Surv(time, status) ~ karno + celltype, v$time, ifelse(v$status == 1, v$time, Inf),
                 v[c("karno", "celltype")], new, weights = rep(1:3, length.out = nrow(v)))
n <- 120
z <- data.frame(age = round(rnorm(n, 30, 10), 1), arm = rep(0:1, 60))
t <- exp(2 + 0.4 * z$arm - 0.02 * z$age + 0.6 * log(rexp(n)))
low <- floor(t); high <- low + 1
kind <- sample(4, n, TRUE)
lower <- ifelse(kind == 1, t, ifelse(kind == 2, 0, low)); upper <- ifelse(kind == 1, t, ifelse(kind == 2, high, ifelse(kind == 3, high, Inf)))
gone <- kind == 4 & low == 0
lower[gone] <- t[gone] / 2
z$l <- ifelse(lower == 0, NA, lower); z$u <- ifelse(is.infinite(upper), NA, upper)
mixed <- case("all_kinds", z, Surv(l, u, type = "interval2") ~ age + arm, lower, upper, z[c("age", "arm")],
              data.frame(age = c(20, 45), arm = c(1, 0)))
data(bcdeter, package = "KMsurv")
b <- bcdeter
b$x <- as.numeric(b$treat == 2); b$l <- ifelse(b$lower == 0, NA, b$lower)
deterioration <- case("deterioration", b, Surv(l, upper, type = "interval2") ~ x, b$lower, ifelse(is.na(b$upper), Inf, b$upper), b["x"],
                      data.frame(x = c(0, 1)))

# delayed entry, Weibull and log-logistic: the likelihood written out, maximised by nlm and finished by Newton with numDeriv-free
# central differences of the analytic score
entry <- round(0.3 * t * runif(n), 2)
time <- ifelse(runif(n) < 0.3, t * 0.9, t); event <- as.numeric(time == t)
logf <- list(weibull = function(z) z - exp(z), "log-logistic" = function(z) z - 2 * log1p(exp(z)))
logs <- list(weibull = function(z) -exp(z), "log-logistic" = function(z) -log1p(exp(z)))
# derivatives by z
df <- list(weibull = function(z) 1 - exp(z), "log-logistic" = function(z) 1 - 2 * plogis(z))
ds <- list(weibull = function(z) -exp(z), "log-logistic" = function(z) -plogis(z))
truncated <- lapply(names(logf), function(dist) {
  X <- cbind(1, z$age, z$arm)
  zz <- function(par, y) (log(y) - c(X %*% par[1:3])) / exp(par[4])
  ll <- function(par) { a <- zz(par, time); e <- zz(par, entry)
    sum(event * (logf[[dist]](a) - par[4] - log(time)) + (1 - event) * logs[[dist]](a) - ifelse(entry > 0, logs[[dist]](e), 0)) }
  score <- function(par) { a <- zz(par, time); e <- zz(par, entry); s <- exp(par[4])
    da <- event * df[[dist]](a) + (1 - event) * ds[[dist]](a); de <- ifelse(entry > 0, ds[[dist]](e), 0); e[entry == 0] <- 0
    c(-colSums(X * (da - de)) / s, sum(-da * a + de * e - event)) }
  o <- optim(c(mean(log(time)), 0, 0, 0), ll, score, method = "BFGS", control = list(fnscale = -1, reltol = 1e-14, maxit = 1000))
  par <- o$par
  hess <- function(par) { h <- 1e-5 * pmax(1, abs(par)) * c(1, 0.03, 1, 1)
    m <- sapply(1:4, function(j) { d <- replace(numeric(4), j, h[j]); (-score(par + 2 * d) + 8 * score(par + d) - 8 * score(par - d) + score(par - 2 * d)) / (12 * h[j]) })
    (m + t(m)) / 2 }
  for (i in 1:8) par <- par - solve(hess(par), score(par))
  list(distribution = dist, par = par, score = max(abs(score(par))), vcov = solve(-hess(par)), loglik = ll(par))
})
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")),
  fits = c(right, weighted, mixed, deterioration),
  truncated = list(entry = entry, time = time, event = event, age = z$age, arm = z$arm, fits = truncated)),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
