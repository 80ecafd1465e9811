# Values that R reads from the transport files written by mscsle-io.
#     Rscript make.R        in this folder; writes reference.json
# haven reads both versions and keeps special missing values; foreign reads version 5 and must agree.
library(haven)
library(foreign)
library(jsonlite)

read_one <- function(path) {
  d <- read_xpt(path)
  tags <- as.character(na_tag(d$AVAL))
  out <- lapply(d, function(x) if (is.character(x)) as.character(as.vector(x)) else as.numeric(unclass(x)))
  out$tags <- tags
  out
}

v5 <- read_one("written_v5.xpt")
v8 <- read_one("written_v8.xpt")
f <- read.xport("written_v5.xpt")
stopifnot(
  identical(as.character(f$USUBJID), v5$USUBJID),
  isTRUE(all.equal(as.numeric(f$AVAL), ifelse(is.nan(v5$AVAL), NA, v5$AVAL), tolerance = 0)),
  attr(read_xpt("written_v5.xpt")$AVAL, "label") == "label of AVAL",
  inherits(read_xpt("written_v5.xpt")$VISITDT, "Date")
)
# Dates come as days from 1970-01-01 and are given back as SAS counts them; numbers as text of 17 digits.
digits <- function(x) ifelse(is.na(x), NA, sprintf("%.17g", x))
for (name in c("v5", "v8")) {
  x <- get(name)
  x$AVAL <- digits(x$AVAL)
  x$VISITDT <- digits(x$VISITDT + 3653)
  assign(name, x)
}
writeLines(toJSON(list(v5 = v5, v8 = v8), na = "null", null = "null"), "reference.json")
