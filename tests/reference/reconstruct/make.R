# Curves, risk tables and true figures of data sets of R survival, for round trips. Run: Rscript tests/reference/reconstruct/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
curve <- function(time, status, digits, taus, clicks = NULL) {
  f <- survfit(Surv(time, status) ~ 1)
  t <- c(0, f$time[f$n.event > 0]); if (max(time) > max(t)) t <- c(t, max(time))
  if (!is.null(clicks)) t <- sort(unique(c(seq(0, max(time), length.out = clicks), taus)))
  s <- round(summary(f, times = t, extend = TRUE)$surv, digits)
  list(time = t, survival = s, risk_times = taus, n_risk = sapply(taus, function(x) sum(time >= x)), n = length(time), events = sum(status),
       median = unname(quantile(f, 0.5)$quantile), at = c(180, 365, 730), survival_at = summary(f, times = c(180, 365, 730), extend = TRUE)$surv)
}
lung1 <- subset(lung, TRUE); st <- lung$status - 1
arms <- function(name, d, digits, taus, clicks = NULL) {
  d <- d[complete.cases(d), ]
  list(name = name, log_hr = unname(coef(coxph(Surv(time, status) ~ arm, d))), se = unname(sqrt(vcov(coxph(Surv(time, status) ~ arm, d))[1])),
       arms = lapply(0:1, function(a) with(d[d$arm == a, ], curve(time, status, digits, taus, clicks))))
}
two <- list(
  arms("lung by sex", data.frame(time = lung$time, status = st, arm = as.numeric(lung$sex == 2)), 3, c(0, 200, 400, 600, 800)),
  arms("colon death", with(subset(colon, etype == 2 & rx != "Lev"), data.frame(time, status, arm = as.numeric(rx == "Lev+5FU"))), 3, seq(0, 3000, 500)),
  arms("colon death, 60 clicks", with(subset(colon, etype == 2 & rx != "Lev"), data.frame(time, status, arm = as.numeric(rx == "Lev+5FU"))), 3, seq(0, 3000, 500), 60))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")),
  lung = curve(lung$time, st, 4, c(0, 200, 400, 600, 800)), two = two), digits = NA, auto_unbox = TRUE, na = "null"), file.path(here, "reference.json"))
