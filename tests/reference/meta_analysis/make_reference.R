# Reference numbers for pooled means: metafor, tightened iterations.
# Run in this folder: Rscript make_reference.R > reference.json
suppressMessages({library(jsonlite); library(metafor)})
out <- list(made_with = paste(R.version.string, "metafor", packageVersion("metafor")))
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
plo <- escalc(measure = "PLO", xi = c(3, 0, 13, 49, 22), ni = c(12, 15, 40, 81, 81))
sets <- list(bcg = list(y = as.numeric(bcg$yi), v = as.numeric(bcg$vi)), proportions = list(y = as.numeric(plo$yi), v = as.numeric(plo$vi)),
             alike = list(y = c(0.31, 0.29, 0.35), v = c(0.1, 0.2, 0.3)))
control <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
out$sets <- lapply(sets, function(s) {
  fits <- lapply(c(reml = "REML", `paule-mandel` = "PM", `dersimonian-laird` = "DL", common = "FE"), function(m) {
    ctl <- if (m %in% c("REML", "PM")) control else list()
    z <- rma(s$y, s$v, method = m, control = ctl); k <- if (m == "FE") NULL else rma(s$y, s$v, method = m, test = "knha", control = ctl)
    list(estimate = as.numeric(z$beta), se = z$se, lower = z$ci.lb, upper = z$ci.ub, tau2 = z$tau2, q = z$QE, q_p = z$QEp, i2 = z$I2,
         hk_se = if (is.null(k)) NULL else k$se, hk_lower = if (is.null(k)) NULL else k$ci.lb, hk_upper = if (is.null(k)) NULL else k$ci.ub,
         hk_p = if (is.null(k)) NULL else k$pval,
         pi = as.numeric(z$beta) + c(-1, 1) * qt(0.975, length(s$y) - 2) * sqrt(z$tau2 + z$se^2))
  })
  list(y = s$y, v = s$v, fits = fits)
})
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = 1), "\n")
