# Restricted mean survival time of R survival (print.survfit with rmean) and the normal contrasts written out; writes reference.json.
# Run: Rscript tests/reference/rmst/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))

case <- function(name, time, event, group, taus) {
  fits <- lapply(taus, function(tau) {
    f <- survfit(Surv(time, event) ~ group, timefix = FALSE)
    s <- survival:::survmean(f, rmean = tau)$matrix
    m <- s[, "rmean"]; se <- s[, "se(rmean)"]
    d <- m[2] - m[1]; sd <- sqrt(sum(se^2)); z <- qnorm(0.975)
    l <- log(m[2] / m[1]); sl <- sqrt(sum((se / m)^2))
    list(tau = tau, rmst = unname(m), std_error = unname(se),
         difference = unname(c(d, d - z * sd, d + z * sd, 2 * pnorm(-abs(d / sd)))),
         ratio = unname(c(exp(l), exp(l - z * sl), exp(l + z * sl), 2 * pnorm(-abs(l / sl)))))
  })
  list(name = name, time = time, event = as.integer(event), group = group, fits = fits)
}
mp6 <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
placebo <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
cases <- list(
  case("freireich", c(mp6, placebo), c(rep(c(1, 0), c(9, 12)), rep(1, 21)), rep(c("6-MP", "placebo"), each = 21), c(5, 11.5, 22, 23)),
  case("veteran", veteran$time, veteran$status, as.character(veteran$trt), c(90, 365)),
  case("four_deaths_of_81", c(7, 192, 256, 300, rep(365, 77)), c(rep(1, 4), rep(0, 77)),
       c(rep("b", 4), rep(c("a", "b"), c(41, 36))), c(200, 365)))
writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()), cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
