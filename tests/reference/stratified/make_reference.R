# Reference numbers for strata and for exact unconditional tests, base R only.
# Run in this folder: Rscript make_reference.R > reference.json
suppressMessages(library(jsonlite))
out <- list(made_with = R.version.string)
sets <- list(
  berkeley = rbind(x1 = c(512, 353, 120, 138, 53, 22), n1 = c(825, 560, 325, 417, 191, 373), x0 = c(89, 17, 202, 131, 94, 24),
                   n0 = c(108, 25, 593, 375, 393, 341)),
  two = rbind(x1 = c(7, 4), n1 = c(10, 8), x0 = c(3, 2), n0 = c(9, 8)),
  small = rbind(x1 = c(7, 4, 1, 0), n1 = c(10, 8, 3, 5), x0 = c(3, 2, 5, 1), n0 = c(9, 8, 6, 4)),
  sparse = rbind(x1 = c(1, 0, 2, 3, 1), n1 = c(4, 3, 5, 6, 2), x0 = c(0, 0, 1, 1, 0), n0 = c(4, 5, 5, 5, 3))
)
# the score interval from its definition; the constrained estimate by maximising the likelihood on a fine bracket
constrained <- function(x1, n1, x0, n0, d) {
  lo <- max(0, -d); hi <- min(1, 1 - d)
  term <- function(x, p) ifelse(x == 0, 0, x * log(p))
  score <- function(p) { q <- p + d
    (if (x1 > 0) x1 / q else 0) - (if (n1 > x1) (n1 - x1) / (1 - q) else 0) + (if (x0 > 0) x0 / p else 0) - (if (n0 > x0) (n0 - x0) / (1 - p) else 0) }
  e <- 1e-15 * max(1, hi); a <- lo + 1e-13; b <- hi - 1e-13
  if (score(a) <= 0) return(lo); if (score(b) >= 0) return(hi)
  uniroot(score, c(a, b), tol = 1e-15, maxiter = 10000)$root
}
zscore <- function(m, w, d) {
  w <- w / sum(w); n <- m["n1", ] + m["n0", ]
  v <- sapply(seq_len(ncol(m)), function(i) { r0 <- constrained(m["x1", i], m["n1", i], m["x0", i], m["n0", i], d); r1 <- r0 + d
    (r1 * (1 - r1) / m["n1", i] + r0 * (1 - r0) / m["n0", i]) * n[i] / (n[i] - 1) })
  rd <- m["x1", ] / m["n1", ] - m["x0", ] / m["n0", ]
  sum(w * (rd - d)) / sqrt(sum(w^2 * v))
}
score_interval <- function(m, w) {
  z <- qnorm(0.975); rd <- m["x1", ] / m["n1", ] - m["x0", ] / m["n0", ]; est <- sum(w * rd) / sum(w)
  list(estimate = est, lower = uniroot(function(d) zscore(m, w, d) - z, c(-0.999, est), tol = 1e-13)$root,
       upper = uniroot(function(d) zscore(m, w, d) + z, c(est, 0.999), tol = 1e-13)$root, statistic = zscore(m, w, 0)^2)
}
out$strata <- lapply(sets, function(m) {
  a <- array(rbind(m["x1", ], m["x0", ], m["n1", ] - m["x1", ], m["n0", ] - m["x0", ]), c(2, 2, ncol(m)))
  plain <- mantelhaen.test(a, correct = FALSE); cc <- mantelhaen.test(a); exact <- mantelhaen.test(a, exact = TRUE)
  n <- m["n1", ] + m["n0", ]; w <- m["n1", ] * m["n0", ] / n
  rd <- sum(w * (m["x1", ] / m["n1", ] - m["x0", ] / m["n0", ])) / sum(w)
  P <- sum((m["n1", ]^2 * m["x0", ] - m["n0", ]^2 * m["x1", ] + m["n1", ] * m["n0", ] * (m["n0", ] - m["n1", ]) / 2) / n^2)
  Q <- sum((m["x1", ] * (m["n0", ] - m["x0", ]) + m["x0", ] * (m["n1", ] - m["x1", ])) / (2 * n))
  list(x1 = m["x1", ], n1 = m["n1", ], x0 = m["x0", ], n0 = m["n0", ], statistic = unname(plain$statistic), p = plain$p.value,
       cc = unname(cc$statistic), p_cc = cc$p.value, exact_p = exact$p.value, odds_ratio = unname(plain$estimate),
       lower = plain$conf.int[1], upper = plain$conf.int[2], mn = score_interval(m, w), mn_size = score_interval(m, n),
       sato = list(estimate = rd, se = sqrt((rd * P + Q) / sum(w)^2)))
})
# Barnard and Boschloo by enumeration; z squared as whole-number fractions, supremum by optimize around the best of a fine grid
unconditional <- function(x1, n1, x0, n0, method, side) {
  t <- expand.grid(a = 0:n1, c = 0:n0); m <- t$a + t$c; N <- n1 + n0
  gap <- t$a * n0 - t$c * n1; spread <- pmax(m * (N - m), 1)
  i <- which(t$a == x1 & t$c == x0)
  if (method == "barnard") {
    s <- sign(gap) * gap^2; left <- s * spread[i]; right <- s[i] * spread
    keep <- switch(side, "two-sided" = abs(left) >= abs(right), greater = left >= right, less = left <= right)
  } else {
    p <- mapply(function(a, c) fisher.test(matrix(c(a, n1 - a, c, n0 - c), 2, byrow = TRUE), alternative = switch(side, "two-sided" = "two.sided", side))$p.value, t$a, t$c)
    keep <- p <= p[i] * (1 + 1e-9)
  }
  f <- function(q) sum(dbinom(t$a[keep], n1, q) * dbinom(t$c[keep], n0, q))
  g <- seq(0, 1, 1e-4); v <- sapply(g, f); b <- g[order(-v)[1:5]]
  max(v, sapply(b, function(x) optimize(f, c(max(0, x - 2e-4), min(1, x + 2e-4)), maximum = TRUE, tol = 1e-12)$objective))
}
cases <- list(c(9, 10, 3, 10), c(9, 12, 5, 6), c(11, 12, 2, 6), c(7, 12, 0, 6), c(1, 5, 4, 9), c(0, 8, 5, 7))
out$unconditional <- unlist(recursive = FALSE, lapply(cases, function(v) unlist(recursive = FALSE, lapply(c("barnard", "boschloo"), function(method)
  lapply(c("two-sided", "greater", "less"), function(side)
    list(x1 = v[1], n1 = v[2], x0 = v[3], n0 = v[4], method = method, alternative = side,
         p = min(1, unconditional(v[1], v[2], v[3], v[4], method, side))))))))
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = 1), "\n")
