# Exact conditional and permutation log-rank tests; writes reference.json beside this script.
# The exact conditional test is the exact Mantel-Haenszel test over the two-by-two tables by event time (stats::mantelhaen.test);
# the permutation test looks at every arrangement of the labels with the log-rank score written out, and at coin::logrank_test.
# Run: Rscript tests/reference/logrank_small/make.R
suppressMessages({library(survival); library(coin); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261122)

score <- function(time, event, group) {
  times <- sort(unique(time[event == 1]))
  sum(sapply(times, function(t) {
    n <- sum(time >= t); n1 <- sum(time >= t & group == 1); d <- sum(time == t & event == 1)
    sum(time == t & event == 1 & group == 1) - d * n1 / n
  }))
}
exact <- function(time, event, group, strata) {
  tables <- list()
  for (s in unique(strata)) for (t in sort(unique(time[event == 1 & strata == s]))) {
    at <- time >= t & strata == s; died <- time == t & event == 1 & strata == s
    if (sum(at & group == 1) == 0 || sum(at & group == 0) == 0 || sum(at) == sum(died)) next
    tables[[length(tables) + 1]] <- rbind(c(sum(died & group == 1), sum(at & !died & group == 1)),
                                          c(sum(died & group == 0), sum(at & !died & group == 0)))
  }
  a <- array(unlist(tables), dim = c(2, 2, length(tables)))
  if (dim(a)[3] == 1) fisher.test(a[, , 1])$p.value else mantelhaen.test(a, exact = TRUE)$p.value
}
all_arrangements <- function(time, event, group) {
  observed <- abs(score(time, event, group)); n <- length(time); m <- sum(group == 1)
  hits <- apply(combn(n, m), 2, function(i) {g <- rep(0, n); g[i] <- 1; abs(score(time, event, g)) >= observed - 1e-9})
  list(p_value = mean(hits), arrangements = ncol(combn(n, m)))
}
case <- function(name, time, event, group, strata = NULL, enumerate = TRUE) {
  s <- if (is.null(strata)) rep(1, length(time)) else strata
  list(name = name, time = time, event = event, group = group, strata = strata, exact = exact(time, event, group, s),
       permutation = if (enumerate && is.null(strata)) all_arrangements(time, event, group) else NULL,
       coin_asymptotic = if (is.null(strata)) pvalue(logrank_test(Surv(time, event) ~ factor(group))) else NULL)
}

n <- 12
small <- data.frame(time = sample(1:9, n, TRUE), event = rbinom(n, 1, 0.7), group = rep(0:1, c(7, 5)))
mp6 <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
placebo <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
deaths <- c(7, 192, 256, 300)
cases <- list(
  case("eight_with_ties", c(1, 2, 2, 2, 3, 4, 4, 5), c(1, 1, 1, 0, 1, 1, 0, 0), c(1, 1, 0, 1, 0, 1, 0, 0)),
  case("twelve", small$time, small$event, small$group),
  case("all_deaths_in_one_arm", c(3, 5, 8, 9, rep(12, 10)), c(1, 1, 1, 1, rep(0, 10)), c(rep(1, 4), rep(1, 3), rep(0, 7))),
  case("four_deaths_of_81", c(deaths, rep(365, 77)), c(rep(1, 4), rep(0, 77)), c(rep(1, 4), rep(c(0, 1), c(41, 36))), enumerate = FALSE),
  case("freireich", c(mp6, placebo), c(rep(c(1, 0), c(9, 12)), rep(1, 21)), rep(0:1, each = 21), enumerate = FALSE),
  case("lung_by_sex_in_two_ecog_strata", with(lung[which(lung$ph.ecog < 2)[1:60], ], time),
       with(lung[which(lung$ph.ecog < 2)[1:60], ], as.integer(status == 2)),
       with(lung[which(lung$ph.ecog < 2)[1:60], ], sex - 1), with(lung[which(lung$ph.ecog < 2)[1:60], ], ph.ecog)))

writeLines(toJSON(list(
  program = R.version.string, package = paste("survival", packageVersion("survival"), "coin", packageVersion("coin")),
  date = format(Sys.Date()), seed = 20261122, cases = cases), digits = NA, auto_unbox = TRUE, null = "null", na = "null"),
  file.path(here, "reference.json"))
