# Small data sets of every shape (visits, exact times among intervals, intervals that overlap, one visit each, weights): the masses
# over the cells between all end points, dominated cells left out, by EM until the conditions of the maximum hold to 1e-9, then
# Newton. Writes small.json. Run: Rscript tests/reference/turnbull/make_small.R
suppressMessages(library(jsonlite))
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
maximum <- function(lower, upper, w) {
  exact <- lower == upper
  points <- sort(unique(c(lower, upper[is.finite(upper)])))
  cells <- do.call(rbind, lapply(seq_along(points), function(j) {
    after <- if (j < length(points)) points[j + 1] else Inf
    rbind(ifelse(exact, points[j] == lower, points[j] > lower & points[j] <= upper), !exact & points[j] >= lower & after <= upper)
  }))
  cells <- unique(cells[rowSums(cells) > 0, , drop = FALSE] * 1)
  contained <- sapply(seq_len(nrow(cells)), function(a) any(sapply(seq_len(nrow(cells)), function(b) b != a && all(cells[b, ] >= cells[a, ]))))
  a <- t(cells[!contained, , drop = FALSE]); n <- sum(w)
  p <- rep(1 / ncol(a), ncol(a))
  gradient <- function(p) colSums(w * a / c(a %*% p)) / n
  for (round in 1:200000) {
    p <- p * gradient(p)
    if (round %% 200 == 0) {
      p[p < 1e-9 & gradient(p) < 1 - 1e-4] <- 0; p <- p / sum(p)
      s <- which(p > 0)
      for (newton in 1:20) {
        q <- c(a[, s, drop = FALSE] %*% p[s]); h <- crossprod(a[, s, drop = FALSE] * sqrt(w) / q)
        step <- tryCatch(solve(rbind(cbind(h, 1), c(rep(1, length(s)), 0)), c(colSums(w * a[, s, drop = FALSE] / q), 0))[seq_along(s)], error = function(e) NA)
        if (anyNA(step) || any(p[s] + step < 0)) break
        p[s] <- p[s] + step
      }
    }
    g <- gradient(p)
    if (max(g) < 1 + 1e-11 && max(p * abs(g - 1)) < 1e-12) break
  }
  fit <- c(a %*% p)
  list(loglik = sum(w * log(fit)), fitted = fit, kkt = max(g) - 1)
}
set.seed(31)
draw <- function(kind, n) {
  t <- rweibull(n, 1.2, 10)
  d <- t(sapply(t, function(x) {
    v <- cumsum(round(runif(12, 0.5, 6), 2))
    if (kind == "one visit") v <- round(runif(1, 1, 20), 1)
    if (kind == "months") v <- seq(3, 60, 3)
    if (kind == "stops") v <- v[v < runif(1, 3, 40)]
    c(max(0, v[v < x]), min(Inf, v[v >= x]))
  }))
  if (kind == "overlap") d <- t(replicate(n, sort(sample(0:20, 2) / 2)))
  if (kind == "mixed") { e <- runif(n) < 0.4; d[e, ] <- ceiling(t[e]) }
  if (!any(is.finite(d[, 2]))) d[1, 2] <- d[1, 1] + 1
  w <- if (kind == "stops") sample(0:3, n, TRUE) else rep(1, n)
  if (!any(w > 0 & is.finite(d[, 2]))) w[] <- 1
  k <- w > 0
  c(list(kind = kind, lower = d[, 1], upper = ifelse(is.finite(d[, 2]), d[, 2], NA), weight = w, used = which(k) - 1), maximum(d[k, 1], d[k, 2], w[k]))
}
cases <- list()
for (kind in c("visits", "one visit", "months", "stops", "overlap", "mixed")) for (n in c(4, 9, 30)) cases[[length(cases) + 1]] <- draw(kind, n)
writeLines(toJSON(list(program = R.version.string, date = format(Sys.Date()), cases = cases), digits = I(15), auto_unbox = TRUE, na = "null"), file.path(here, "small.json"))
