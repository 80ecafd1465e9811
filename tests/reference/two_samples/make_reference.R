# Reference numbers for two independent groups: base R and coin (exact under ties).
# Run in this folder: Rscript make_reference.R > reference.json
suppressMessages({library(jsonlite); library(coin)})
out <- list(made_with = paste(R.version.string, "coin", packageVersion("coin")))
sets <- list(
  placenta = list(x = c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46), y = c(1.15, 0.88, 0.90, 0.74, 1.21)),
  change = list(x = c(-8, -4, -12, -6, -10, -5), y = c(-2, 0, -3, -7)),
  ties = list(x = c(12, 11, 9, 9, 14, 17, 12, 10, 10, 34, 8, 7), y = c(12, 12, 9, 15, 9, 8)),
  wide = list(x = c(1, 2, 2, 3, 3, 3, 4, 5, 5, 8, 9, 13, 2, 4, 6), y = c(2, 2, 4, 4, 6, 7, 7, 9, 10, 11, 12, 3, 5, 8, 8, 14, 15, 1))
)
out$sets <- lapply(sets, function(s) {
  d <- data.frame(v = c(s$x, s$y), g = factor(rep(c("x", "y"), c(length(s$x), length(s$y))), levels = c("x", "y")))
  w <- function(...) suppressWarnings(wilcox.test(s$x, s$y, ...))
  t <- t.test(s$x, s$y); e <- t.test(s$x, s$y, var.equal = TRUE)
  diffs <- sort(outer(s$x, s$y, "-")); m <- length(diffs); k <- qwilcox(0.025, length(s$x), length(s$y)); if (k == 0) k <- 1
  ex <- function(a) as.numeric(pvalue(wilcox_test(v ~ g, data = d, distribution = "exact", alternative = a)))
  list(x = s$x, y = s$y, w = unname(w()$statistic), exact = ex("two.sided"), greater = ex("greater"), less = ex("less"),
       normal = w(exact = FALSE, correct = FALSE)$p.value, normal_cc = w(exact = FALSE)$p.value, shift = median(diffs), lower = diffs[k],
       upper = diffs[m + 1 - k], welch = list(t = unname(t$statistic), df = unname(t$parameter), p = t$p.value, lower = t$conf.int[1], upper = t$conf.int[2]),
       student = list(t = unname(e$statistic), df = unname(e$parameter), p = e$p.value, lower = e$conf.int[1], upper = e$conf.int[2]))
})
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = 1), "\n")
