# Reference tables of the distributions, made with R's own stats package.
# Run in this folder: Rscript r_tables.R > r_tables.csv
# Columns: function, arguments a, b, c (NA where unused), value. Doubles as hexadecimal, so nothing is lost in print.
options(warn = 2)
hex <- function(x) ifelse(is.na(x), "NA", sprintf("%a", x))
row <- function(name, a, b = NA, c = NA, value)
  if (length(a)) cat(paste(name, hex(a), hex(b), hex(c), hex(value), sep = ","), sep = "\n")
cat("#", R.version.string, "\n")
tails <- c(1e-300, 1e-100, 1e-30, 1e-10, 1e-6, 1e-3, 0.025, 0.2, 0.31, 0.5, 0.7, 0.975, 0.999)
small <- tails[tails <= 0.5]

z <- c(-37.5, -37, -20, -8.3, -5, -1.96, -0.5, -1e-8, 0, 1e-8, 0.3, 1, 1.96, 3, 6, 8.5, 15, 26, 37, 37.5)
row("normal_cdf", z, value = pnorm(z)); row("normal_sf", z, value = pnorm(z, lower.tail = FALSE))
row("normal_quantile", tails, value = qnorm(tails)); row("normal_quantile_upper", small, value = qnorm(small, lower.tail = FALSE))

for (df in c(0.5, 1, 2, 3, 7.5, 81, 1000, 1e5)) {
  x <- unique(c(qchisq(c(1e-6, 0.01, 0.3, 0.5, 0.9, 0.999), df), qchisq(small, df, lower.tail = FALSE)))
  row("chi_squared_cdf", x, df, value = pchisq(x, df)); row("chi_squared_sf", x, df, value = pchisq(x, df, lower.tail = FALSE))
  p <- tails[tails > 1e-31]
  q <- qchisq(p, df); keep <- q > 1e-250
  row("chi_squared_quantile", p[keep], df, value = q[keep])
  row("chi_squared_quantile_upper", small, df, value = qchisq(small, df, lower.tail = FALSE))
}
for (df in c(0.1, 0.5, 1, 2, 2.7, 9, 81, 1000, 1e5)) {
  t <- c(-1e10, -40, -3, -1e-5, 0, 1e-10, 0.1, 0.7, 1, 2, 4, 8, 20, 100, 1e6, 1e20)
  row("student_t_cdf", t, df, value = pt(t, df)); row("student_t_sf", t, df, value = pt(t, df, lower.tail = FALSE))
  # qt is inexact near the median and for small df: quantiles are compared where R's two directions agree
  p <- c(setdiff(tails, 0.5), 0.49, 0.45); q <- suppressWarnings(qt(p, df))
  keep <- is.finite(q) & abs(pt(-abs(q), df) / pmin(p, 1 - p) - 1) < 2e-14 * min(df, 1) & abs((pt(q, df) - 0.5) / (p - 0.5) - 1) < 2e-14
  row("student_t_quantile", p[keep], df, value = q[keep])
}
for (a in c(0.5, 1, 3.3, 81, 5000, 1e5)) for (b in c(0.5, 1, 3.3, 81, 5000, 1e5)) {
  # the argument is a double; where x is near 1, 1 - x is exact and the same on both sides
  x <- unique(c(1e-12, 1e-4, 0.1, 0.25, 0.5, 0.75, 0.9, 1 - 2^-20, qbeta(c(1e-8, 0.01, 0.4, 0.6, 0.99), a, b)))
  p <- pbeta(x, a, b); q <- pbeta(x, a, b, lower.tail = FALSE)
  row("beta_cdf", x[p > 1e-290], a, b, p[p > 1e-290]); row("beta_sf", x[q > 1e-290], a, b, q[q > 1e-290])
  u <- c(1e-10, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975); v <- suppressWarnings(qbeta(u, a, b))
  keep <- v > 1e-250 & v < 0.999 & abs(pbeta(v, a, b) / u - 1) < 1e-12
  row("beta_quantile", u[keep], a, b, v[keep])
}
for (d1 in c(1, 2, 10, 500)) for (d2 in c(1, 5, 60, 1e5)) {
  x <- c(1e-8, 0.1, 0.5, 1, 3, 10, 100, 1e4)
  p <- pf(x, d1, d2, lower.tail = FALSE)
  row("f_sf", x[p > 1e-290], d1, d2, p[p > 1e-290]); row("f_cdf", x, d1, d2, pf(x, d1, d2))
  # qf forms 1 / qbeta - 1 and loses digits when df2 is large: compared where R's two directions agree
  u <- small[small > 1e-31]; v <- qf(u, d1, d2, lower.tail = FALSE)
  keep <- abs(pf(v, d1, d2, lower.tail = FALSE) / u - 1) < 2e-14
  row("f_quantile_upper", u[keep], d1, d2, v[keep])
}
for (n in c(1, 20, 81, 1000, 1e5)) for (p in c(1e-6, 0.05, 0.5, 0.95)) {
  k <- unique(floor(c(0, n * c(0.01, 0.05, 0.3, 0.5, 0.9), n - 1, n)))
  l <- dbinom(k, n, p, log = TRUE); row("binomial_ln_pmf", k, n, p, l)
  lo <- pbinom(k, n, p); up <- pbinom(k, n, p, lower.tail = FALSE)
  row("binomial_cdf", k[lo > 1e-290], n, p, lo[lo > 1e-290]); row("binomial_sf", k[up > 1e-290], n, p, up[up > 1e-290])
}
for (m in c(1e-3, 0.5, 6, 137, 1e5)) {
  k <- unique(floor(c(0, 1, 5, m * c(0.5, 0.9, 1, 1.1, 2))))
  row("poisson_ln_pmf", k, m, value = dpois(k, m, log = TRUE))
  lo <- ppois(k, m); up <- ppois(k, m, lower.tail = FALSE)
  row("poisson_cdf", k[lo > 1e-290], m, value = lo[lo > 1e-290]); row("poisson_sf", k[up > 1e-290], m, value = up[up > 1e-290])
}
# the third argument carries draws; marked = unmarked + 3
for (u in c(4, 40, 400, 10000)) for (f in c(0.1, 0.5, 0.9)) {
  m <- u + 3; d <- floor(f * (m + u)); lo <- max(0, d - u); hi <- min(d, m)
  k <- unique(floor(lo + (hi - lo) * c(0, 0.2, 0.4, 0.5, 0.6, 0.8, 1)))
  row("hypergeometric_ln_pmf", k, u, d, dhyper(k, m, u, d, log = TRUE))
  a <- phyper(k, m, u, d); b <- phyper(k, m, u, d, lower.tail = FALSE)
  row("hypergeometric_cdf", k[a > 1e-290], u, d, a[a > 1e-290]); row("hypergeometric_sf", k[b > 1e-290], u, d, b[b > 1e-290])
}
