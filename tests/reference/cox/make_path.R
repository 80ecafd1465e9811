# Penalised Cox models from glmnet (tightened thresh, Breslow ties) and coxph(ridge()). Run: Rscript make_path.R
suppressMessages({library(glmnet); library(survival); library(jsonlite)})
lu <- na.omit(survival::lung[, c("time", "status", "age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss")])
x <- as.matrix(lu[, 3:9]); y <- Surv(ceiling(lu$time / 7), lu$status == 2); n <- nrow(x)
set.seed(20261122); fold <- sample(rep(1:5, length.out = n)); w <- round(runif(n, 0.3, 2), 2)
wide <- cbind(x, matrix(round(rnorm(n * 200), 3), n)); few <- seq_len(60)
fit <- function(x, y, alpha, lambda = NULL, ...) {
  # glmnet stops early by default; here the whole path is wanted
  glmnet.control(fdev = 0, devmax = 1)
  f <- glmnet(x, y, family = "cox", alpha = alpha, lambda = lambda, thresh = 1e-18, maxit = 1e7, ...)
  list(strength = f$lambda, coefficients = unname(t(as.matrix(coef(f)))), deviance_ratio = f$dev.ratio)
}
strengths <- c(0.2, 0.1, 0.05, 0.02, 0.005)
cases <- lapply(c(0, 0.5, 1), function(a) c(list(mix = a, standardise = TRUE), fit(x, y, a, strengths)))
cases <- c(cases, list(c(list(mix = 1, standardise = FALSE), fit(x, y, 1, c(2, 0.5, 0.1), standardize = FALSE))))
first <- sapply(c(0, 0.5, 1), function(a) glmnet(x, y, family = "cox", alpha = a)$lambda[c(1, 2)])
cv <- cv.glmnet(x, y, family = "cox", foldid = fold, lambda = strengths, thresh = 1e-18, maxit = 1e7)
weighted <- fit(x, y, 1, strengths, weights = w)
many <- fit(wide[few, ], y[few], 1, c(0.25, 0.2, 0.15))
# coxph's ridge: loglik - theta / 2 * sum of b^2 (scale = FALSE), Efron ties
theta <- c(20, 5); small <- lu[, c("age", "sex", "ph.ecog")]
ridges <- lapply(theta, function(t) { th <- t
  f <- coxph(y ~ ridge(age, sex, ph.ecog, theta = th, scale = FALSE), small, control = coxph.control(eps = 1e-13, iter.max = 200, outer.max = 50))
  st <- rep(1:3, length.out = n)
  g <- coxph(y ~ ridge(age, sex, ph.ecog, theta = th, scale = FALSE) + strata(st), small, control = coxph.control(eps = 1e-13, iter.max = 200, outer.max = 50))
  list(theta = t, coefficients = unname(coef(f)), stratified = unname(coef(g))) })
writeLines(toJSON(list(made_with = paste0("R ", getRversion(), ", glmnet ", packageVersion("glmnet"), ", survival ", packageVersion("survival")),
  date = format(Sys.Date()), time = y[, 1], event = y[, 2], x = unname(x), fold = fold, weights = w, wide = unname(wide[few, ]),
  cases = cases, first = list(mix = c(0, 0.5, 1), strength = first[1, ], ratio = first[2, ] / first[1, ]),
  cv = list(strength = cv$lambda, deviance = cv$cvm, standard_error = cv$cvsd, min = cv$lambda.min, one = cv$lambda.1se),
  weighted = weighted, many = many, ridge = ridges), digits = I(17), auto_unbox = TRUE), "path.json")
