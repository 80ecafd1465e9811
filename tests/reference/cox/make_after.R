# Residuals of all kinds, hazard ratios against a reference and median survival of new subjects, for `test_cox_after_reference.py`.
# Run: Rscript tests/reference/cox/make_after.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
control <- coxph.control(eps = 1e-13, iter.max = 60, toler.chol = 1e-15)
v <- veteran
v$id <- rep(1:40, length.out = nrow(v))
v$start <- pmax(0, v$time - 60)
v$cell <- as.numeric(v$celltype)
v$noise <- sin(seq_len(nrow(v)))  # continuous, so that R centres every column at its mean
case <- function(name, f, entry) {
  kinds <- c("martingale", "deviance", "score", "dfbeta", "dfbetas", "partial")
  rows <- lapply(setNames(kinds, kinds), function(k) unname(as.matrix(residuals(f, type = k))))
  # collapsed deviance residuals of R 3.5-3 are NaN where a subject has several events: by the formula of Poisson deviance
  summed <- lapply(setNames(setdiff(kinds, "deviance"), setdiff(kinds, "deviance")), function(k) unname(as.matrix(residuals(f, type = k, collapse = v$id))))
  m <- rowsum(residuals(f), v$id); e <- rowsum(v$status, v$id)
  summed$deviance <- unname(sign(m) * sqrt(-2 * (m + ifelse(e > 0, e * log((e - m) / ifelse(e > 0, e, 1)), 0))))
  new <- data.frame(karno = c(30, 60, 90), age = c(70, 50, 40), noise = c(0, 0.5, -0.5), trt = 1)
  lp <- function(reference) predict(f, newdata = new, type = "lp", se.fit = TRUE, reference = reference)
  mean <- if (length(f$strata)) NULL else lp("sample"); zero <- lp("zero")
  out <- list(name = name, entry = entry, rows = rows, summed = summed,
    schoenfeld = unname(as.matrix(residuals(f, type = "schoenfeld"))), scaled = unname(as.matrix(residuals(f, type = "scaledsch"))),
    zero = list(fit = unname(zero$fit), se = unname(zero$se.fit)))
  out$mean <- list(fit = unname(mean$fit), se = unname(mean$se.fit))
  q <- quantile(survfit(f, newdata = new), probs = c(0.25, 0.5))
  out$quantile <- list(estimate = unname(as.matrix(q$quantile)), lower = unname(as.matrix(q$lower)), upper = unname(as.matrix(q$upper)))
  out
}
cases <- list(
  case("right-censored, Efron", coxph(Surv(time, status) ~ karno + age + noise, v, control = control), FALSE),
  case("start/stop, Efron", coxph(Surv(start, time, status) ~ karno + age + noise, v, control = control), TRUE))
writeLines(toJSON(list(made_with = paste(R.version.string, "survival", packageVersion("survival")),
  data = as.list(v[c("start", "time", "status", "karno", "age", "noise", "id")]), new = list(karno = c(30, 60, 90), age = c(70, 50, 40), noise = c(0, 0.5, -0.5)),
  cases = cases), digits = NA, auto_unbox = TRUE, na = "null", null = "null"), file.path(here, "after.json"))
