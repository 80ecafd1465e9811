# coxph fits written as formulas on survival::veteran; writes reference.json. Run: Rscript tests/reference/formula/make.R
suppressMessages({library(survival); library(jsonlite)})
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
  fit("Surv(time, status == 1) ~ karno + offset(prior) + trt:diagtime", Surv(time, status == 1) ~ karno + offset(prior) + trt:diagtime))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")),
  data = as.list(d[c("start", "time", "status", "karno", "celltype", "trt", "age", "diagtime", "prior", "id")]), fits = fits),
  digits = NA, auto_unbox = TRUE), file.path(here, "reference.json"))
