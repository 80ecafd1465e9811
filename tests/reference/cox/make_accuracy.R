# References for what follows a Cox fit: likelihood by stratum, baseline hazards, predicted survival by stratum, Harrell's and
# Uno's concordance, Brier score and AUC, standardised curves. Run: Rscript make_accuracy.R
suppressMessages({library(survival); library(jsonlite); library(riskRegression); library(prodlim)})
control <- coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-13)
ve <- transform(survival::veteran, event = status, cell = as.integer(celltype))
lu <- na.omit(transform(survival::lung, event = status - 1)[, c("time", "event", "age", "sex", "ph.ecog")])
lu$month <- ceiling(lu$time / 30.4375)
x <- c("trt", "karno", "age")

by_stratum <- function(d, ties, beta) lapply(sort(unique(d$cell)), function(s) {
  one <- d[d$cell == s, ]
  f <- coxph(Surv(time, event) ~ trt + karno + age, one, ties = ties, init = beta, control = coxph.control(iter.max = 0))
  score <- residuals(f, type = "score")
  list(stratum = s, n = nrow(one), n_events = sum(one$event), log_likelihood = f$loglik[1], score = unname(colSums(score)),
       information = unname(solve(f$var)))
})
beta <- c(0.2, -0.03, 0.01)
fit_s <- coxph(Surv(time, event) ~ trt + karno + age + strata(cell), ve, control = control)
new <- data.frame(trt = c(1, 2), karno = c(60, 30), age = c(50, 65))
predicted <- lapply(c("log", "log-log", "plain"), function(type) {
  out <- list()
  for (s in 1:4) {
    sf <- survfit(fit_s, newdata = transform(new, cell = s), conf.type = type)
    sm <- summary(sf, times = c(30, 100, 250), extend = TRUE)
    out[[s]] <- list(stratum = s, survival = unname(as.matrix(sm$surv)), lower = unname(as.matrix(sm$lower)), upper = unname(as.matrix(sm$upper)))
  }
  list(conf_type = type, strata = out)
})
base <- function(fit, at) lapply(1:4, function(s) {
  nd <- as.data.frame(as.list(at)); names(nd) <- x; nd$cell <- s
  sf <- survfit(fit, newdata = nd, conf.type = "log")
  dead <- sf$n.event > 0
  list(stratum = s, time = sf$time[dead], cumulative_hazard = sf$cumhaz[dead], standard_error = sf$std.err[dead])
})
zero <- basehaz(fit_s, centered = FALSE)

uno <- function(d, time, tau = NULL) {
  d$t <- d[[time]]
  f <- coxph(Surv(t, event) ~ age + sex + ph.ecog, d, control = control)
  lapply(c("n", "n/G2"), function(w) {
    k <- if (is.null(tau)) concordance(f, timewt = w) else concordance(f, timewt = w, ymax = tau)
    list(weight = w, concordance = unname(k$concordance), standard_error = sqrt(k$var), count = unname(k$count))
  })
}
lung_fit <- coxph(Surv(month, event) ~ age + sex + ph.ecog, lu, x = TRUE, control = control)
times <- c(4, 8, 12, 18)
score <- Score(list(cox = lung_fit), formula = Surv(month, event) ~ 1, data = lu, times = times, metrics = c("brier", "auc"),
               cens.model = "km", conf.int = TRUE, null.model = TRUE, conservative = FALSE)
brier <- as.data.frame(score$Brier$score); auc <- as.data.frame(score$AUC$score)
risk <- 1 - t(summary(survfit(lung_fit, newdata = lu), times = times)$surv)

# standard errors: the infinitesimal jackknife by central differences of the definitions with weights; the censoring curve by
# survfit with the censorings moved behind the events of their time
weighted <- function(w, t, s) {
  g <- survfit(Surv(month + 0.5 * (event == 0), event == 0) ~ 1, lu_frame, weights = w)
  G <- function(u) summary(g, times = u, extend = TRUE)$surv
  case <- lu_frame$month <= t & lu_frame$event == 1; beyond <- lu_frame$month > t
  k <- numeric(nrow(lu_frame)); k[beyond] <- 1 / G(t + 0.75)
  u <- sort(unique(lu_frame$month)); k[case] <- (1 / G(u - 0.25))[match(lu_frame$month[case], u)]
  k <- k * w; p <- outer(s[case], s[beyond], function(a, b) (a < b) + (a == b) / 2)
  c(sum(k * ifelse(beyond, (1 - s)^2, s^2)) / sum(w), sum(outer(k[case], k[beyond]) * p) / sum(k[case]) / sum(k[beyond]))
}
lu_frame <- as.data.frame(lu)
jackknife <- sapply(seq_along(times), function(j) {
  s <- 1 - risk[, j]; n <- nrow(lu_frame)
  d <- sapply(seq_len(n), function(i) { h <- 1e-4; up <- rep(1, n); down <- up; up[i] <- 1 + h; down[i] <- 1 - h
    (weighted(up, times[j], s) - weighted(down, times[j], s)) / (2 * h) })
  sqrt(rowSums(d^2)) })

# standardised curves by the formula: derivatives by numDeriv of the mean survival in (beta, hazard increments)
standardised <- function(fit, d, covariate, values, at) {
  V <- fit$var; b <- coef(fit); vars <- names(b); n <- nrow(d)
  design <- function(v) { m <- as.matrix(d[, vars]); m[, covariate] <- v; m }
  X <- as.matrix(d[, vars])
  hazard <- function(b) { # Efron increments at the event times until each time
    r <- exp(drop(X %*% b)); ts <- sort(unique(d$month[d$event == 1]))
    t(sapply(ts, function(s) { S <- sum(r[d$month >= s]); D <- d$month == s & d$event == 1; k <- sum(D)
      den <- S - (seq_len(k) - 1) / k * sum(r[D]); c(s, sum(1 / den), sum(1 / den^2)) }))
  }
  mean_survival <- function(b, v, t) { h <- hazard(b); H <- sum(h[h[, 1] <= t, 2]); mean(exp(-H * exp(drop(design(v) %*% b)))) }
  g <- function(f) numDeriv::grad(f, b, method.args = list(r = 6))
  one <- function(t) {
    h <- hazard(b); H <- sum(h[h[, 1] <= t, 2]); own <- sum(h[h[, 1] <= t, 3])
    parts <- lapply(values, function(v) { r <- exp(drop(design(v) %*% b)); s <- exp(-H * r)
      list(mean = mean(s), s = s, c = -mean(s * r), g = g(function(b) mean_survival(b, v, t))) })
    se <- function(g, c, s, sampled) sqrt(drop(t(g) %*% V %*% g) + c^2 * own + sampled * sum((s - mean(s))^2) / n^2)
    a <- parts[[1]]; z <- parts[[2]]
    list(time = t, survival = c(a$mean, z$mean),
      fixed = c(se(a$g, a$c, a$s, 0), se(z$g, z$c, z$s, 0)), sampled = c(se(a$g, a$c, a$s, 1), se(z$g, z$c, z$s, 1)),
      difference = z$mean - a$mean, difference_fixed = se(z$g - a$g, z$c - a$c, z$s - a$s, 0),
      difference_sampled = se(z$g - a$g, z$c - a$c, z$s - a$s, 1))
  }
  lapply(at, one)
}
lu <- as.data.frame(lu) # Score made it a data.table
lf <- coxph(Surv(month, event) ~ age + sex + ph.ecog, lu, ties = "efron", control = control)
adjusted <- standardised(lf, lu, "sex", c(1, 2), times)
lu$sexf <- factor(lu$sex)
ate_fit <- coxph(Surv(month, event) ~ age + sexf + ph.ecog, lu, x = TRUE, y = TRUE, ties = "efron", control = control)
a <- ate(ate_fit, data = lu, treatment = "sexf", times = times, cause = 1, verbose = FALSE, se = TRUE)
am <- as.data.frame(a$meanRisk)
writeLines(toJSON(list(made_with = paste0("R ", getRversion(), ", survival ", packageVersion("survival"), ", riskRegression ",
    packageVersion("riskRegression")), date = format(Sys.Date()),
  veteran = as.list(ve[, c("time", "event", "cell", x)]), lung = as.list(lu[, c("time", "month", "event", "age", "sex", "ph.ecog")]),
  beta = beta, likelihood = list(efron = by_stratum(ve, "efron", beta), breslow = by_stratum(ve, "breslow", beta)),
  fit_log_likelihood = fit_s$loglik, predicted = predicted, new = as.list(new),
  baseline = list(zero = base(fit_s, c(0, 0, 0)), mean = base(fit_s, colMeans(ve[, x])),
                  basehaz = list(hazard = zero$hazard, time = zero$time, strata = as.character(zero$strata))),
  concordance = list(list(time = "time", tau = NULL, found = uno(lu, "time")), list(time = "month", tau = NULL, found = uno(lu, "month")),
                     list(time = "month", tau = 12, found = uno(lu, "month", 12))),
  times = times, risk = unname(risk),
  brier = list(null = brier$Brier[brier$model == "Null model"], cox = brier$Brier[brier$model == "cox"], se = brier$se[brier$model == "cox"], jackknife = jackknife[1, ]),
  auc = list(cox = auc$AUC[auc$model == "cox"], se = auc$se[auc$model == "cox"], jackknife = jackknife[2, ]),
  adjusted = adjusted, ate = list(risk = am$estimate, se = am$se, time = am$time, level = as.character(am$treatment))),
  digits = I(17), auto_unbox = TRUE, null = "null"), "accuracy.json")
