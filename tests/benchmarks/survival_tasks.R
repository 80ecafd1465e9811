# The calls of bench_survival.py in R: Rscript survival_tasks.R PROGRAM, where PROGRAM is survival (the functions a user calls),
# kernel (its C code alone on ready matrices), cmprsk or coin. Reads "task folder rows columns times" a line, answers with
# seconds of CPU time, or nan.
suppressMessages({library(survival); library(cmprsk); library(coin)})
program <- commandArgs(TRUE)[1]
control <- coxph.control()
call_of <- function(task, folder, n, p) {
  get <- function(name) {path <- file.path(folder, name); readBin(path, "double", file.size(path) / 8)}
  t <- get("time"); e <- get("event"); kind <- sub("_.*", "", task)
  x <- matrix(get("x"), n, p, byrow = TRUE)
  y <- if (task == "cox_entry") Surv(get("entry"), t, e) else Surv(t, e)
  names <- as.character(seq_len(n))
  if (program == "survival") {
    if (kind == "km" && n <= 1e6) return(function() survfit(y ~ 1, conf.type = "log-log"))
    g <- get("group"); s <- get("strata")
    if (kind == "logrank" && n <= 1e6) return(function() survdiff(y ~ g))
    if (task == "cox_strata") return(function() coxph(y ~ x + strata(s)))
    if (kind == "cox") return(function() coxph(y ~ x))
    if (kind == "concordance") return(function() concordance(y ~ x, reverse = TRUE))
  }
  if (program == "kernel") {
    s <- if (task == "cox_strata") as.integer(get("strata"))
    if (task == "cox_entry") return(function() survival:::agreg.fit(x, y, NULL, NULL, NULL, control, NULL, "efron", names, TRUE))
    if (kind == "cox") return(function() survival:::coxph.fit(x, y, s, NULL, NULL, control, NULL, "efron", names, TRUE))
    # a thousand of them; the driver multiplies
    if (kind == "screen") return(function() for (j in 1:1000)
      survival:::coxph.fit(x[, j, drop = FALSE], y, NULL, NULL, NULL, control, NULL, "efron", NULL, FALSE))
  }
  if (program == "cmprsk") {
    k <- get("cause")
    if (kind == "finegray") return(function() crr(t, k, x))
    if (kind == "incidence") return(function() cuminc(t, k))
  }
  if (program == "coin" && kind == "permutations") {
    g <- factor(get("group"))
    return(function() pvalue(logrank_test(y ~ g, distribution = approximate(10000))))
  }
  NULL
}
held <- ""; call <- NULL
input <- file("stdin"); open(input)
while (length(line <- readLines(input, 1)) && line != "") {
  a <- strsplit(gsub('[][", ]+', " ", line), " ")[[1]]; a <- a[a != ""]
  if (held != paste(a[1], a[2])) {call <- call_of(a[1], a[2], as.integer(a[3]), as.integer(a[4])); held <- paste(a[1], a[2])}
  if (is.null(call)) {cat("nan\n"); next}
  times <- as.integer(a[5])
  start <- proc.time(); for (i in seq_len(times)) call(); used <- proc.time() - start
  cat((used[["user.self"]] + used[["sys.self"]]) / times, "\n")
}
