# Recurrent events: mean cumulative function (survfit with id; Ghosh-Lin by its formula and by numerical derivatives over case
# weights), comparison of two groups by sums over subjects, and coxph with cluster; writes reference.json.
# Run: Rscript tests/reference/recurrent/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261125)

# mu(t) with case weights of subjects: sum of S(u-) d(u) / n(u), everything counted with the weights
ghosh_lin <- function(d, weight, with_death) {
  w <- weight[d$id]; u <- sort(unique(d$stop[d$event == 1 | (with_death & d$death == 1)])); S <- 1; mu <- 0; out <- numeric(0)
  for (t in u) {
    risk <- d$start < t & d$stop >= t; n <- sum(w[risk]); e <- sum(w[risk & d$stop == t & d$event == 1])
    mu <- mu + S * e / n
    if (with_death) S <- S * (1 - sum(w[risk & d$stop == t & d$death == 1]) / n)
    out <- c(out, mu)
  }
  list(time = u, mean = out)
}
# infinitesimal jackknife by central differences over the weight of each subject
jackknife <- function(d, with_death, h = 1e-4) {
  ids <- unique(d$id)
  change <- sapply(ids, function(i) {
    up <- down <- rep(1, max(d$id)); up[i] <- 1 + h; down[i] <- 1 - h
    (ghosh_lin(d, up, with_death)$mean - ghosh_lin(d, down, with_death)$mean) / (2 * h)
  })
  rowSums(matrix(change, ncol = length(ids))^2)
}
# the score of the comparison and its variance: influences of subjects by their definition, death included
comparison <- function(d, with_death) {
  u <- sort(unique(d$stop[d$event == 1 | (with_death & d$death == 1)])); g <- sort(unique(d$group))
  score <- setNames(numeric(length(g)), g); inf <- matrix(0, max(d$id), length(g))
  N <- sapply(g, function(h) sapply(u, function(t) sum(d$group == h & d$start < t & d$stop >= t)))
  for (a in seq_along(g)) for (b in seq_along(g)) {
    s <- d[d$group == g[b], ]; K <- N[, a] * ((a == b) - N[, b] / rowSums(N)); S <- 1; Sm <- dmu <- dR <- dL <- rep(0, length(u))
    for (j in seq_along(u)) {
      n <- N[j, b]; Sm[j] <- S; if (n == 0) next
      dR[j] <- sum(s$stop == u[j] & s$event == 1) / n; dL[j] <- if (with_death) sum(s$stop == u[j] & s$death == 1) / n else 0
      dmu[j] <- S * dR[j]; S <- S * (1 - dL[j])
    }
    score[a] <- score[a] + sum(K * dmu)
    for (i in unique(s$id)) for (j in seq_along(u)) {
      mine <- s[s$id == i, ]; at <- any(mine$start < u[j] & mine$stop >= u[j]); if (!at) next
      n <- N[j, b]
      dM <- any(mine$stop == u[j] & mine$event == 1) - dR[j]
      dD <- (if (with_death) any(mine$stop == u[j] & mine$death == 1) else 0) - dL[j]
      later <- if (dL[j] < 1) sum((K * dmu)[seq_along(u) > j]) / (1 - dL[j]) else 0
      inf[i, a] <- inf[i, a] + K[j] * Sm[j] * dM / n - later * dD / n
    }
  }
  V <- crossprod(inf); k <- length(g) - 1
  list(score = unname(score), variance = V, statistic = drop(score[1:k] %*% solve(V[1:k, 1:k, drop = FALSE], score[1:k])), df = k)
}

case <- function(name, d, survfit = TRUE) {
  without <- jackknife(d, FALSE); m <- ghosh_lin(d, rep(1, max(d$id)), FALSE); gl <- ghosh_lin(d, rep(1, max(d$id)), TRUE)
  out <- list(name = name, id = d$id, start = d$start, stop = d$stop, event = d$event, death = d$death, group = d$group, x = d$x,
              lawless_nadeau = list(time = m$time, mean = m$mean, variance = without),
              ghosh_lin = list(time = gl$time, mean = gl$mean, variance = jackknife(d, TRUE)),
              test = comparison(d, FALSE), test_death = comparison(d, TRUE))
  if (survfit) {
    f <- survfit(Surv(start, stop, event) ~ 1, data = d, id = id, timefix = FALSE)
    at <- f$time %in% m$time
    out$survfit <- list(time = f$time[at], cumhaz = f$cumhaz[at], std_error = f$std.chaz[at])
  }
  fits <- list()
  number <- ave(d$event, d$id, FUN = function(e) cumsum(c(0, e[-length(e)]))) + 1
  last <- pmin(number, 2); control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50, timefix = FALSE)
  for (ties in c("efron", "breslow")) {
    fits[[ties]] <- lapply(list(
      `andersen-gill` = coxph(Surv(start, stop, event) ~ x + group, d, cluster = id, ties = ties, control = control),
      `pwp-total` = coxph(Surv(start, stop, event) ~ x + group + strata(last), d, cluster = id, ties = ties, control = control),
      `pwp-gap` = coxph(Surv(stop - start, event) ~ x + group + strata(last), d, cluster = id, ties = ties, control = control)),
      function(f) list(coefficients = unname(coef(f)), robust = unname(vcov(f)), naive = unname(f$naive.var), log_likelihood = f$loglik[2]))
  }
  out$cox <- fits
  out
}

simulate <- function(n, round_to) {
  rows <- NULL
  for (i in 1:n) {
    group <- sample(c("BM", "UC"), 1); x <- round(rnorm(1), 3); frail <- rgamma(1, 2, 2)
    end <- ceiling(runif(1, 15, 60) / round_to) * round_to; death <- runif(1) < 0.3; t <- 0
    repeat {
      gap <- ceiling(rexp(1, 0.06 * frail * exp(0.4 * x - 0.5 * (group == "UC"))) / round_to) * round_to
      if (t + gap >= end) break
      rows <- rbind(rows, data.frame(id = i, start = t, stop = t + gap, event = 1, death = 0, group = group, x = x)); t <- t + gap
    }
    rows <- rbind(rows, data.frame(id = i, start = t, stop = end, event = 0, death = as.integer(death), group = group, x = x))
  }
  rows
}
b <- bladder2[, c("id", "start", "stop", "event", "rx", "number")]; b <- b[b$stop > b$start, ]
b <- data.frame(id = match(b$id, unique(b$id)), start = b$start, stop = b$stop, event = b$event, death = 0, group = ifelse(b$rx == 1, "placebo", "thiotepa"), x = b$number)
three <- simulate(30, 1); three$group <- c("BM", "UC", "WJ")[three$id %% 3 + 1]
gaps <- simulate(25, 1); gaps$start <- gaps$start + ifelse(gaps$start > 0 & gaps$stop - gaps$start > 2, 1, 0)  # not at risk for a while
cases <- list(case("months", simulate(40, 1)), case("continuous", simulate(30, 1e-6)), case("three_groups", three), case("gaps", gaps), case("bladder", b))

writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()), seed = 20261125, cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
