# Gray's test by cmprsk::cuminc, each cause, with strata and rho; writes reference.json.
# Run: Rscript tests/reference/gray/make.R
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
args <- commandArgs(FALSE)
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", args, value = TRUE))))
set.seed(20261123)

case <- function(name, time, cause, group, strata = NULL, rho = 0) {
  f <- if (is.null(strata)) cuminc(time, cause, group, rho = rho, cencode = 0)
       else cuminc(time, cause, group, strata, rho = rho, cencode = 0)
  list(name = name, time = time, cause = cause, group = as.character(group),
       strata = if (is.null(strata)) NULL else as.character(strata), rho = rho,
       causes = rownames(f$Tests), statistic = unname(f$Tests[, "stat"]), p_value = unname(f$Tests[, "pv"]), df = unname(f$Tests[, "df"]))
}
n <- 160
t <- sample(1:40, n, TRUE); k <- sample(0:3, n, TRUE, prob = c(.3, .4, .2, .1))
g2 <- sample(c("BM", "UC"), n, TRUE); g4 <- sample(LETTERS[1:4], n, TRUE); s <- sample(c("x", "y", "z"), n, TRUE)
b <- na.omit(data.frame(time = pbc$time, cause = pbc$status, trt = pbc$trt, stage = pbc$stage))
cases <- list(
  case("two_groups", t, k, g2), case("four_groups", t, k, g4), case("rho_one", t, k, g2, rho = 1),
  case("rho_half_four_groups", t, k, g4, rho = 0.5), case("strata", t, k, g2, s), case("strata_rho", t, k, g4, s, rho = 1),
  case("without_ties", round(rexp(60), 6), sample(0:2, 60, TRUE), sample(c("a", "b", "c"), 60, TRUE)),
  case("nobody_censored", sample(1:12, 50, TRUE), sample(1:2, 50, TRUE), sample(c("a", "b"), 50, TRUE)),
  case("small_groups", c(1, 3, 3, 6, 6, 6, 9, 12, 12, 12), c(1, 1, 2, 1, 1, 0, 2, 1, 0, 0), rep(c("BM", "UC"), 5)),
  case("a_group_that_ends_early", c(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), c(1, 1, 2, 0, 1, 2, 1, 0, 1, 2), rep(c("a", "b"), each = 5)),
  case("pbc_treatment", b$time, b$cause, b$trt), case("pbc_stage", b$time, b$cause, b$stage, b$trt))

# in stratum t the groups go one after the other: group a is left alone when the pooled curve has reached 1, where cuminc stops with NaN;
# what happens to a group alone in its stratum adds nothing, so the reference is that of the same rows censored there
alone <- data.frame(time = c(1.74, 11.1, 3.88, 0.43, 2.3, 1.71, 5.03, 12.06, 1.51, 0.92, 1.87, 10.81), cause = 1,
                    group = c("b", "a", "a", "b", "a", "a", "b", "a", "b", "a", "a", "b"), strata = c("t", "t", "s", "s", "s", "s", "s", "s", "t", "s", "t", "s"))
cut <- alone; cut$cause[c(2, 11)] <- 0
left <- c(case("left_alone", cut$time, cut$cause, cut$group, cut$strata), list(all_causes = alone$cause))

writeLines(toJSON(list(
  left_alone = left,
  program = R.version.string, package = paste("cmprsk", packageVersion("cmprsk")), date = format(Sys.Date()), seed = 20261123, cases = cases),
  digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(here, "reference.json"))
