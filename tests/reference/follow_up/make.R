# Follow-up (survfit of the exchanged indicator; prodlim reverse = TRUE), landmark curves and milestone contrasts; writes reference.json.
# Run: Rscript tests/reference/follow_up/make.R
suppressMessages({library(survival); library(prodlim); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
case <- function(name, time, event, group, landmarks, times) {
  exchanged <- survfit(Surv(time, 1 - event) ~ 1, conf.type = "log-log")
  q <- quantile(exchanged, 0.5)
  reverse <- prodlim(Hist(time, event) ~ 1, reverse = TRUE)
  left <- lapply(landmarks, function(l) {
    keep <- time > l
    f <- survfit(Surv(time[keep] - l, event[keep]) ~ 1, conf.type = "log-log")
    d <- survdiff(Surv(time[keep] - l, event[keep]) ~ group[keep])
    list(at = l, events = sum(!keep & event == 1), censored = sum(!keep & event == 0), time = f$time, survival = f$surv, n_risk = f$n.risk, logrank = d$chisq)
  })
  levels <- sort(unique(group))
  contrasts <- lapply(times, function(t) {
    f <- lapply(levels, function(g) summary(survfit(Surv(time, event) ~ 1, subset = group == g), times = t))
    s <- sapply(f, function(x) x$surv); se <- sapply(f, function(x) x$std.err)
    z <- qnorm(0.975)
    normal <- function(e, se) c(e, e - z * se, e + z * se, 2 * pnorm(-abs(e / se)))
    lognormal <- function(e, se) c(exp(e), exp(e - z * se), exp(e + z * se), 2 * pnorm(-abs(e / se)))
    theta <- log(-log(s)); se_theta <- se / (s * abs(log(s)))
    list(time = t, survival = s, difference = normal(s[2] - s[1], sqrt(sum(se^2))),
         ratio = lognormal(log(s[2] / s[1]), sqrt(sum((se / s)^2))),
         cumulative_hazard_ratio = lognormal(theta[2] - theta[1], sqrt(sum(se_theta^2))))
  })
  list(name = name, time = time, event = as.integer(event), group = group,
       exchanged = list(time = exchanged$time, survival = exchanged$surv, median = c(q$quantile, q$lower, q$upper)),
       events_first = list(time = reverse$time, survival = reverse$surv), landmarks = left, milestones = contrasts)
}
cases <- list(
  case("veteran", veteran$time, veteran$status, as.character(veteran$trt), c(30, 100), c(60, 180)),
  case("lung", lung$time, as.integer(lung$status == 2), as.character(lung$sex), c(90, 365), c(180, 365)))
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival"), "prodlim", packageVersion("prodlim")),
  date = format(Sys.Date()), cases = cases), digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
