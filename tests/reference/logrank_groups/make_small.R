# Small trials with ties, delayed entry, strata, repeated rows and near-empty groups: trend and max-combo scores by their definition,
# chi-squared statistics of the whole family. Writes small.json. Run: Rscript tests/reference/logrank_groups/make_small.R
suppressMessages(library(jsonlite))
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
family <- list("log-rank" = function(n, d, S, P) 1, "gehan-wilcoxon" = function(n, d, S, P) n, "tarone-ware" = function(n, d, S, P) sqrt(n),
  "peto" = function(n, d, S, P) P, "modified-peto" = function(n, d, S, P) P * n / (n + 1), "1 0" = function(n, d, S, P) S,
  "0 1" = function(n, d, S, P) 1 - S, "1 1" = function(n, d, S, P) S * (1 - S), "0.5 2" = function(n, d, S, P) sqrt(S) * (1 - S)^2)
scores <- function(d, weigh) {
  k <- max(d$group); U <- O <- E <- numeric(k); V <- matrix(0, k, k)
  for (s in unique(d$strata)) {
    i <- d$strata == s; S <- P <- 1
    for (t in sort(unique(d$time[i & d$event == 1]))) {
      risk <- i & d$entry < t & d$time >= t
      nj <- sapply(1:k, function(g) sum(d$count[risk & d$group == g])); n <- sum(nj)
      dj <- sapply(1:k, function(g) sum(d$count[risk & d$group == g & d$time == t & d$event == 1])); m <- sum(dj)
      P <- P * (1 - m / (n + 1)); w <- weigh(n, m, S, P)
      U <- U + w * (dj - m * nj / n); O <- O + dj; E <- E + m * nj / n
      if (n > 1) V <- V + w^2 * m * (n - m) / (n - 1) * (diag(nj / n, k) - outer(nj / n, nj / n))
      S <- S * (1 - m / n)
    }
  }
  list(U = U, V = V, O = O, E = E)
}
statistic <- function(f) {
  keep <- diag(f$V) > 1e-12 * max(diag(f$V)); k <- sum(keep)
  v <- f$V[keep, keep, drop = FALSE][-1, -1, drop = FALSE]; u <- f$U[keep][-1]
  list(statistic = drop(u %*% solve(v, u)), df = k - 1)
}
case <- function(name, n, groups, censor, strata = 1, entry = FALSE, count = FALSE) {
  group <- c(seq_len(groups), sample(groups, n - groups, TRUE))
  t <- ceiling(rexp(n, 0.1 * group)); c <- ceiling(runif(n, 1, censor))
  time <- pmin(t, c); event <- as.integer(t <= c); event[which.min(time)] <- 1
  d <- list(name = name, time = time, event = event, group = group, strata = sample(strata, n, TRUE),
    entry = if (entry) pmax(0, pmin(time - 1, sample(0:3, n, TRUE))) else rep(-1, n), count = if (count) sample(1:3, n, TRUE) else rep(1, n))
  found <- lapply(family, function(w) scores(d, w))
  d$tests <- lapply(found, statistic)
  d$observed <- found[[1]]$O; d$expected <- found[[1]]$E
  d$trend <- sapply(found, function(f) { a <- seq_len(groups)^2; sum(a * f$U) / sqrt(drop(a %*% f$V %*% a)) })
  if (groups == 2) {
    four <- c("log-rank", "1 0", "0 1", "1 1")
    v <- outer(1:4, 1:4, Vectorize(function(a, b) scores(d, function(n, m, S, P) sqrt(family[[four[a]]](n, m, S, P) * family[[four[b]]](n, m, S, P)))$V[2, 2]))
    d$combo <- list(z = sapply(four, function(w) scores(d, family[[w]])$U[2]) / sqrt(diag(v)), correlation = v / sqrt(outer(diag(v), diag(v))))
  }
  if (!entry) d$entry <- NULL
  d
}
set.seed(41)
writeLines(toJSON(list(program = R.version.string, date = format(Sys.Date()), cases = list(
  case("eight subjects", 8, 2, 30), case("twelve subjects, few events", 12, 2, 6), case("two strata", 20, 2, 20, 2), case("late entry", 25, 2, 25, 1, TRUE),
  case("repeated rows in strata", 24, 2, 25, 2, FALSE, TRUE), case("three groups", 15, 3, 20), case("three groups in strata, late entry", 40, 3, 25, 2, TRUE),
  case("four groups, repeated rows", 30, 4, 15, 1, FALSE, TRUE))), digits = I(15), auto_unbox = TRUE, na = "null", matrix = "rowmajor"), file.path(here, "small.json"))
