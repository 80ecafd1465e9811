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

# The files of ms.write (test_xport_in_r.py writes them): every special missing value, numbers to the limits, dates, labels.
text <- function(x) ifelse(is.na(x) | x == "", NA, as.character(x))
haven_python <- function(path) {
  d <- read_xpt(path)
  out <- list(
    USUBJID = as.character(d$USUBJID), AVAL = digits(as.numeric(d$AVAL)), tags = as.character(na_tag(d$AVAL)),
    ADT = as.character(d$ADT), ADTM = format(d$ADTM, "%Y-%m-%d %H:%M:%S", tz = "UTC"), NOTE = text(as.character(d$NOTE)),
    labels = unname(vapply(d, function(x) attr(x, "label"), "")), label = attr(d, "label")
  )
  if (ncol(d) > 5) out[[names(d)[6]]] <- as.numeric(d[[6]])
  out
}
f <- read.xport("python_v5.xpt")
foreign_python <- list(
  USUBJID = as.character(f$USUBJID), AVAL = digits(as.numeric(f$AVAL)), NOTE = text(enc2utf8(as.character(f$NOTE)))
)
all <- list(v5_haven = haven_python("python_v5.xpt"), v5_foreign = foreign_python, v8_haven = haven_python("python_v8.xpt"))
for (i in seq_along(all)) all[[i]]$label <- if (is.null(all[[i]]$label)) NULL else unbox(all[[i]]$label)
writeLines(toJSON(all, na = "null", null = "null"), "reference_python.json", useBytes = TRUE)
