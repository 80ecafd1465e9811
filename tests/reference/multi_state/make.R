# Multi-state Aalen-Johansen: survival::survfit (occupation, infinitesimal jackknife, weights, delayed entry) and etm (transition
# matrix with Greenwood covariance); writes reference.json.
# Run: Rscript tests/reference/multi_state/make.R
suppressMessages({library(survival); library(etm); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261126)

# alive in remission (A), relapsed (B), dead (C): remission may return
simulate <- function(n, round_to, entry = FALSE) {
  rows <- NULL; rate <- list(A = c(B = .05, C = .01), B = c(A = .06, C = .03))
  for (i in 1:n) {
    t <- if (entry && runif(1) < .5) ceiling(runif(1, 0, 8)) else 0; state <- if (runif(1) < .7) "A" else "B"; end <- ceiling(runif(1, 12, 50) / round_to) * round_to
    repeat {
      gaps <- sapply(rate[[state]], function(r) ceiling(rexp(1, r) / round_to) * round_to); to <- names(which.min(gaps)); gap <- min(gaps)
      if (t + gap >= end) { rows <- rbind(rows, data.frame(id = i, start = t, stop = end, from = state, to = "cens")); break }
      rows <- rbind(rows, data.frame(id = i, start = t, stop = t + gap, from = state, to = to)); t <- t + gap; state <- to
      if (state == "C") break
    }
  }
  rows
}
# influence = TRUE: only then does survfit 3.5 count the sampling variance of the initial distribution
case <- function(name, d, weights = NULL, p0 = NULL, etm_from = NULL) {
  d <- d[order(d$id, d$start), ]; states <- c("A", "B", "C"); d$w <- if (is.null(weights)) 1 else weights[d$id]
  d$event <- factor(d$to, c("cens", states)); d$istate <- factor(d$from, states)
  f <- if (is.null(p0)) survfit(Surv(start, stop, event) ~ 1, data = d, id = id, istate = istate, weights = w, influence = TRUE, timefix = FALSE)
       else survfit(Surv(start, stop, event) ~ 1, data = d, id = id, istate = istate, weights = w, p0 = p0, influence = TRUE, timefix = FALSE)
  order <- match(states, f$states); keep <- f$time %in% d$stop[d$to != "cens"]
  out <- list(name = name, id = d$id, start = d$start, stop = d$stop, from = d$from, to = d$to, weights = if (is.null(weights)) NULL else d$w,
              initial = if (is.null(p0)) NULL else setNames(as.list(p0), states), p0 = f$p0[order],
              time = f$time[keep], probability = f$pstate[keep, order], std_error = f$std.err[keep, order],
              log_lower = f$lower[keep, order], log_upper = f$upper[keep, order])
  if (!is.null(etm_from)) {
    tra <- matrix(FALSE, 3, 3, dimnames = list(states, states)); tra["A", "B"] <- tra["A", "C"] <- tra["B", "A"] <- tra["B", "C"] <- TRUE
    e <- etm(data.frame(id = d$id, from = d$from, to = d$to, entry = d$start, exit = d$stop), states, tra, "cens", s = etm_from)
    n <- dim(e$est)[3]; V <- diag(e$cov[, , n])  # covariance of the matrix by columns
    out$etm <- list(start = etm_from, stop = e$time[n], probability = e$est[, , n], variance = matrix(V, 3, 3))
  }
  out
}
months <- simulate(60, 1); continuous <- simulate(40, 1e-6); late <- simulate(60, 1, TRUE)
cases <- list(case("months", months, etm_from = 0), case("continuous", continuous, etm_from = 0), case("from_five", months, etm_from = 5),
  case("weights", months, weights = round(runif(60, .5, 2), 3)), case("delayed_entry", late, p0 = c(1, 0, 0), etm_from = 0))

writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival"), "etm", packageVersion("etm")),
  date = format(Sys.Date()), seed = 20261126, cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor"), file.path(here, "reference.json"))
