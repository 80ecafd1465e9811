# coxph fits written as formulas on survival::veteran; writes reference.json. Run: Rscript tests/reference/formula/make.R
suppressMessages({library(survival); library(splines); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
d <- veteran
d$celltype <- as.character(d$celltype)
d$trt <- as.numeric(d$trt)
d$id <- rep(1:40, length.out = nrow(d))
d$start <- pmax(0, d$time - 50)
fit <- function(ours, formula) {
  f <- coxph(formula, d, control = coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-14))
  list(formula = ours, names = names(coef(f)), coef = unname(coef(f)), se = unname(sqrt(diag(vcov(f)))), loglik = f$loglik)
}
fits <- list(
  fit("Surv(time, status) ~ karno + celltype", Surv(time, status) ~ karno + celltype),
  fit("Surv(time, status) ~ karno * celltype + strata(trt)", Surv(time, status) ~ karno * celltype + strata(trt)),
  fit("Surv(start, time, status) ~ celltype:karno + karno + log(age) + cluster(id)",
      Surv(start, time, status) ~ celltype:karno + karno + log(age) + cluster(id)),
  fit("Surv(time, status == 1) ~ karno + offset(prior) + trt:diagtime", Surv(time, status == 1) ~ karno + offset(prior) + trt:diagtime),
  fit("Surv(time, status) ~ poly(age, 2) + bs(karno, df=4)", Surv(time, status) ~ poly(age, 2) + bs(karno, df=4)),
  fit("Surv(time, status) ~ scale(age) + celltype:scale(karno)", Surv(time, status) ~ scale(age) + celltype:scale(karno)))
# survival standardised by hand: everybody gets the value, survfit predicts each, the mean is taken
standardised <- function(ours, formula, covariate, values, times) {
  f <- coxph(formula, d, control = coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-14))
  curves <- sapply(values, function(v) {
    new <- d; new[[covariate]] <- v
    sapply(times, function(t) mean(exp(-sapply(seq_len(nrow(new)), function(i) summary(survfit(f, newdata = new[i, ]), times = t)$cumhaz))))
  })
  list(formula = ours, covariate = covariate, values = values, times = times, survival = t(curves))
}
adjusted <- list(
  standardised("Surv(time, status) ~ karno * celltype", Surv(time, status) ~ karno * celltype, "celltype", sort(unique(d$celltype)), c(50, 200)),
  standardised("Surv(time, status) ~ age + I(age**2) + bs(karno, df=4)", Surv(time, status) ~ age + I(age^2) + bs(karno, df=4), "age", c(40, 65), c(50, 200)),
  standardised("Surv(time, status) ~ karno + trt*log(age)", Surv(time, status) ~ karno + trt*log(age), "trt", c(1, 2), c(50, 200)))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")),
  data = as.list(d[c("start", "time", "status", "karno", "celltype", "trt", "age", "diagtime", "prior", "id")]), fits = fits, adjusted = adjusted),
  digits = NA, auto_unbox = TRUE), file.path(here, "reference.json"))
