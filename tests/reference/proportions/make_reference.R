# Reference numbers for proportions and tables of counts, base R only.
# Run in this folder: Rscript make_reference.R > reference.json
suppressMessages(library(jsonlite))
out <- list(made_with = R.version.string)

pairs <- list(c(0, 1), c(1, 1), c(0, 20), c(1, 29), c(3, 24), c(3, 40), c(9, 37), c(11, 49), c(28, 68), c(28, 81), c(49, 81),
              c(77, 81), c(81, 263), c(15, 148), c(20, 20), c(500, 1000))
out$exact <- lapply(pairs, function(v) {
  b <- binom.test(v[1], v[2]); w <- prop.test(v[1], v[2], correct = FALSE)
  b90 <- binom.test(v[1], v[2], conf.level = 0.90)
  a <- c(v[1] + 0.5, v[2] - v[1] + 0.5)
  list(x = v[1], n = v[2], clopper_pearson = as.numeric(b$conf.int), clopper_pearson_90 = as.numeric(b90$conf.int),
       wilson = suppressWarnings(as.numeric(w$conf.int)), jeffreys = qbeta(c(0.025, 0.975), a[1], a[2]))
})

out$binom_test <- unlist(recursive = FALSE, lapply(list(c(14, 40), c(3, 24), c(0, 10), c(40, 81), c(10, 10), c(5, 10)), function(v)
  lapply(c(0.05, 0.2, 0.3, 0.5, 0.9), function(p0)
    list(x = v[1], n = v[2], p0 = p0, two_sided = binom.test(v[1], v[2], p0)$p.value,
         greater = binom.test(v[1], v[2], p0, alternative = "greater")$p.value,
         less = binom.test(v[1], v[2], p0, alternative = "less")$p.value))))

# fisher.test stops uniroot at its default tolerance; estimate and limits are solved again here from its own equations
fisher_limits <- function(m) {
  row1 <- sum(m[1, ]); row0 <- sum(m[2, ]); k <- sum(m[, 1]); x <- m[1, 1]
  lo <- max(0, k - row0); hi <- min(k, row1); support <- lo:hi
  logdc <- dhyper(support, row1, row0, k, log = TRUE)
  d <- function(t) { w <- logdc + t * support; w <- exp(w - max(w)); w / sum(w) }
  root <- function(f) exp(uniroot(f, c(-60, 60), tol = 1e-14, maxiter = 10000)$root)
  list(estimate = if (x == lo) 0 else if (x == hi) "Inf" else root(function(t) sum(support * d(t)) - x),
       lower = if (x == lo) 0 else root(function(t) sum(d(t)[support >= x]) - 0.025),
       upper = if (x == hi) "Inf" else root(function(t) sum(d(t)[support <= x]) - 0.025))
}
tables <- list(c(3, 1, 1, 3), c(9, 3, 5, 1), c(15, 1, 46, 7), c(1, 15, 16, 37), c(3, 13, 2, 51), c(6, 10, 41, 12), c(5, 0, 2, 4),
               c(0, 10, 4, 6), c(86, 150, 120, 99), c(2, 98, 12, 88), c(12, 3, 4, 20))
out$tables <- lapply(tables, function(v) {
  m <- matrix(v, 2, byrow = TRUE); f <- fisher.test(m)
  plain <- suppressWarnings(chisq.test(m, correct = FALSE)); yates <- suppressWarnings(chisq.test(m))
  list(table = m, fisher_p = f$p.value, greater = fisher.test(m, alternative = "greater")$p.value,
       less = fisher.test(m, alternative = "less")$p.value, odds_ratio = fisher_limits(m),
       chi_squared = unname(plain$statistic), chi_squared_p = plain$p.value, yates = unname(yates$statistic),
       yates_p = yates$p.value, smallest_expected = min(plain$expected))
})
big <- matrix(c(12, 5, 9, 7, 8, 20, 3, 11, 2), 3)
g <- chisq.test(big)
out$three_by_three <- list(table = big, statistic = unname(g$statistic), df = unname(g$parameter), p = g$p.value)

out$mcnemar <- lapply(list(c(8, 1), c(1, 8), c(86, 150), c(0, 5), c(4, 4), c(25, 12), c(700, 800)), function(v) {
  m <- matrix(c(10, v[2], v[1], 20), 2)
  list(b = v[1], c = v[2], statistic = unname(mcnemar.test(m, correct = FALSE)$statistic),
       p = mcnemar.test(m, correct = FALSE)$p.value, p_cc = mcnemar.test(m)$p.value,
       exact = binom.test(v[1], sum(v))$p.value,
       mid_p = if (v[1] == v[2]) 1 - dbinom(v[1], sum(v), 0.5) else 2 * pbinom(min(v), sum(v), 0.5) - dbinom(min(v), sum(v), 0.5))
})

p <- c(0.001, 0.013, 0.02, 0.021, 0.4, 0.8, 0.013, 1)
out$adjust <- list(p = p, holm = p.adjust(p, "holm"), hochberg = p.adjust(p, "hochberg"), hommel = p.adjust(p, "hommel"),
                   bonferroni = p.adjust(p, "bonferroni"), `benjamini-hochberg` = p.adjust(p, "BH"),
                   `benjamini-yekutieli` = p.adjust(p, "BY"))

x <- c(17, 12, 11, 9, 12, 14, 12, 34, 10, 10, 7, 21.5, 0.25)
probs <- c(0, 0.05, 0.1, 0.25, 1/3, 0.5, 0.6, 0.75, 0.9, 1)
out$quantiles <- list(x = x, probs = probs, sas = unname(quantile(x, probs, type = 2)), spss = unname(quantile(x, probs, type = 6)),
                      r = unname(quantile(x, probs, type = 7)), mean = mean(x), sd = sd(x))
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = 1), "\n")
