# Reference numbers for paired tests: base R, exactRankTests and coin (exact under ties).
# Run in this folder: Rscript make_reference.R > reference.json
suppressMessages({library(jsonlite); library(exactRankTests); library(coin)})
sets <- list(
  table1 = list(before = c(17, 12, 11, 9, 12, 14, 12, 34, 10, 10), after = c(6, 5, 11, 2, 9, 10, 5, 12, 3, 4)),
  sleep = list(before = sleep$extra[1:10], after = sleep$extra[11:20]),
  depression = list(before = c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30),
                    after = c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)),
  no_ties = list(before = c(10, 12, 15, 20, 8, 9), after = c(9, 14, 11, 28, 3, 15)),
  many_zeros = list(before = c(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), after = c(1, 2, 3, 5, 6, 5, 9, 10, 6, 13, 15, 8)),
  quarters = list(before = rep(0, 30), after = c(-2, 0.25, 0.25, 1, 1.5, 0.75, -0.75, 2, 2, 3.25, -1, 0.5, 0.5, -0.25, 4, 1.25,
                                               1.75, -1.5, 2.25, 0.75, 3, -0.5, 1, 2.5, 0, 0, -3, 1, 1.5, 2))
)
out <- list(made_with = paste(R.version.string, "exactRankTests", packageVersion("exactRankTests"), "coin", packageVersion("coin")))
out$sets <- lapply(sets, function(s) {
  # decimals rounded away: 1.83 - 0.878 and its like are ties as numbers on paper, not as doubles
  d <- round(s$after - s$before, 10)
  t <- t.test(d); nz <- d[d != 0]
  w <- function(...) suppressWarnings(wilcox.test(d, ...))
  e <- wilcox.exact(d)
  coin_p <- function(zero, dist) {
    y <- data.frame(after = d, before = rep(0, length(d)))
    c(pvalue(wilcoxsign_test(after ~ before, data = y, zero.method = zero, distribution = dist)))
  }
  walsh <- outer(nz, nz, "+") / 2; walsh <- sort(walsh[!lower.tri(walsh)])
  n <- length(nz); k <- qsignrank(0.025, n); if (k == 0) k <- 1
  list(before = s$before, after = s$after, mean_change = mean(d), sd_change = sd(d), t = unname(t$statistic), df = unname(t$parameter),
       t_p = t$p.value, t_lower = t$conf.int[1], t_upper = t$conf.int[2],
       t_greater = t.test(d, alternative = "greater")$p.value,
       n_nonzero = n, v = unname(w()$statistic), exact_p = e$p.value,
       exact_greater = wilcox.exact(d, alternative = "greater")$p.value, exact_less = wilcox.exact(d, alternative = "less")$p.value,
       coin_exact_wilcoxon = coin_p("Wilcoxon", "exact"), coin_exact_pratt = coin_p("Pratt", "exact"),
       coin_normal_pratt = coin_p("Pratt", "asymptotic"), normal_p = w(exact = FALSE, correct = FALSE)$p.value,
       normal_cc_p = w(exact = FALSE, correct = TRUE)$p.value,
       normal_cc_greater = w(exact = FALSE, correct = TRUE, alternative = "greater")$p.value,
       hodges_lehmann = median(walsh), lower = walsh[k], upper = walsh[n * (n + 1) / 2 + 1 - k],
       attained = 1 - 2 * psignrank(k - 1, n))
})
# where there are neither ties nor zeros, R's own exact interval
d <- sets$no_ties$after - sets$no_ties$before
r <- wilcox.test(d, conf.int = TRUE)
out$r_interval <- list(estimate = unname(r$estimate), lower = r$conf.int[1], upper = r$conf.int[2])
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = 1), "\n")
