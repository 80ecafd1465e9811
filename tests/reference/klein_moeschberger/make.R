# The data of the printed tables of Klein and Moeschberger (2003), from the R package KMsurv; writes data.json.
# Run: Rscript tests/reference/klein_moeschberger/make.R
suppressMessages({library(KMsurv); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
data(drug6mp); data(kidney); data(larynx); data(bmt); data(channing)
writeLines(toJSON(list(program = R.version.string, package = paste("KMsurv", packageVersion("KMsurv")), date = format(Sys.Date()),
  drug6mp = list(time = drug6mp$t2, event = drug6mp$relapse, placebo = drug6mp$t1),
  kidney = list(time = kidney$time, event = kidney$delta, group = kidney$type),
  larynx = list(time = larynx$time, event = larynx$delta, stage = larynx$stage),
  bmt = list(time = bmt$t2, event = bmt$d3, group = bmt$group),
  channing = list(entry = channing$ageentry, time = channing$age, event = channing$death, gender = channing$gender)),
  digits = NA, auto_unbox = TRUE, na = "null"), file.path(here, "data.json"))
