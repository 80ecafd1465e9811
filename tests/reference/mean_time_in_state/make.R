# Restricted mean time in state: areas under the occupation of survfit; the infinitesimal jackknife by numeric derivatives of that area
# with respect to the case weights of subjects, the Greenwood-type variance of a two-state model by survfit's restricted mean.
# (print(survfit, rmean=) of survival 3.5-3 gives the same areas; its standard errors pair intervals and influences of
# different length and are not used.) Writes reference.json.
# Run: Rscript tests/reference/mean_time_in_state/make.R
suppressMessages({library(survival); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261130)
states <- c("A", "B", "C")
simulate <- function(n, mixed) {
  rows <- NULL; rate <- list(A = c(B = .05, C = .02), B = c(A = .06, C = .04))
  for (i in 1:n) {
    t <- 0; state <- if (mixed && runif(1) < .3) "B" else "A"; end <- ceiling(runif(1, 12, 50))
    repeat {
      gaps <- sapply(rate[[state]], function(r) ceiling(rexp(1, r))); to <- names(which.min(gaps)); gap <- min(gaps)
      if (t + gap >= end) { rows <- rbind(rows, data.frame(id = i, start = t, stop = end, from = state, to = "cens")); break }
      rows <- rbind(rows, data.frame(id = i, start = t, stop = t + gap, from = state, to = to)); t <- t + gap; state <- to
      if (state == "C") break
    }
  }
  rows
}
area <- function(d, w, tau) {
  d$w <- w[d$id]; d$event <- factor(d$to, c("cens", states)); d$istate <- factor(d$from, states)
  start <- d$id[!duplicated(d$id)]; p0 <- sapply(states, function(s) sum(w[d$id][d$start == 0 & d$from == s]) / sum(w[d$id][d$start == 0]))
  f <- survfit(Surv(start, stop, event) ~ 1, data = d, id = id, istate = istate, weights = w, p0 = p0, se.fit = FALSE, timefix = FALSE)
  p <- rbind(p0, f$pstate[, match(states, f$states)]); t <- c(0, f$time); keep <- t < tau
  unname(colSums(p[keep, , drop = FALSE] * diff(c(t[keep], tau))))
}
case <- function(name, d, tau, weighted = FALSE) {
  n <- max(d$id); w <- if (weighted) round(runif(n, .5, 2), 3) else rep(1, n); h <- 1e-3
  derivative <- sapply(1:n, function(i) { e <- replace(numeric(n), i, h)
    (8 * (area(d, w + e, tau) - area(d, w - e, tau)) - (area(d, w + 2 * e, tau) - area(d, w - 2 * e, tau))) / (12 * h) })
  list(name = name, id = d$id, start = d$start, stop = d$stop, from = d$from, to = d$to, weights = if (weighted) w[d$id] else NULL, tau = tau,
       mean = area(d, w, tau), robust_se = sqrt(rowSums(derivative^2 * matrix(w^2, 3, n, byrow = TRUE))))
}
same <- simulate(40, FALSE); mixed <- simulate(45, TRUE)
n <- 50; time <- ceiling(rexp(n, .05)); event <- rbinom(n, 1, .7)
s <- survfit(Surv(time, event) ~ 1); tau <- 15; m <- survival:::survmean(s, rmean = tau)$matrix
writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival")), date = format(Sys.Date()), seed = 20261130,
  cases = list(case("one_start", same, 20), case("mixed_start", mixed, 24), case("weights", mixed, 24, weighted = TRUE), case("before_the_first_move", mixed, 0.5)),
  two_states = list(time = time, event = event, tau = tau, mean = unname(m["rmean"]), se = unname(m["se(rmean)"]))),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
