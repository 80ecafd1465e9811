# The exact bootstrap of very small samples: every one of the n^n draws. Writes reference.json.
# Run: Rscript tests/reference/bootstrap/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
exact <- function(name, time, event) {
  n <- length(time)
  draws <- as.matrix(expand.grid(rep(list(seq_len(n)), n)))
  key <- apply(draws, 1, function(d) paste(tabulate(d, n), collapse = " "))
  share <- table(key) / nrow(draws)
  tau <- 0.8 * max(time)
  values <- sapply(names(share), function(k) {
    i <- rep(seq_len(n), as.integer(strsplit(k, " ")[[1]]))
    f <- survfit(Surv(time[i], event[i]) ~ 1)
    c(median = unname(quantile(f, 0.5, conf.int = FALSE)), quantile = unname(quantile(f, 0.25, conf.int = FALSE)),
      survival = summary(f, times = tau, extend = TRUE)$surv, rmst = unname(survival:::survmean(f, rmean = tau)$matrix["rmean"]))
  })
  statistic <- function(row) {
    v <- signif(ifelse(is.na(values[row, ]), Inf, values[row, ]), 12)
    s <- tapply(as.vector(share), v, sum)
    list(values = as.numeric(names(s)), share = as.vector(s))
  }
  list(name = name, time = time, event = event, at = list(quantile = 0.25, survival = tau, rmst = tau), of = sapply(rownames(values), statistic, simplify = FALSE))
}
writeLines(toJSON(list(program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()), cases = list(
  exact("all events", 1:5, rep(1, 5)), exact("last censored", c(1, 2, 3, 4, 5), c(1, 0, 1, 1, 0)), exact("ties", c(2, 2, 3, 5, 5), c(1, 0, 1, 1, 1)),
  exact("one event", c(1, 2, 4), c(0, 1, 0)), exact("two subjects", c(3, 7), c(1, 1)), exact("six, S exactly one half", c(1, 2, 3, 4, 5, 6), c(1, 1, 1, 0, 0, 0)))),
  digits = I(15), auto_unbox = TRUE, na = "string"), file.path(here, "reference.json"))
