# The peers of bench_competing.py: Rscript bench_competing.R FOLDER TASK N ROUNDS prints milliseconds of CPU time, one line a round.
suppressMessages({library(survival); library(cmprsk)})
args <- commandArgs(TRUE); folder <- args[1]; task <- args[2]; n <- as.integer(args[3]); rounds <- as.integer(args[4])
get <- function(name) {path <- file.path(folder, name); readBin(path, "double", file.size(path) / 8)}
t <- get("time")[1:n]; k <- get("cause")[1:n]; g <- get("group")[1:n]; X <- cbind(get("x1")[1:n], get("x2")[1:n], get("x3")[1:n])
state <- factor(k, 0:2, c("censored", "1", "2"))
call <- switch(task,
  fine_gray = function() crr(t, k, X),
  fine_gray_expanded = function() {e <- finegray(Surv(t, state) ~ ., data = data.frame(t, state, X)); coxph(Surv(fgstart, fgstop, fgstatus) ~ X1 + X2 + X3, e, weights = fgwt)},
  gray = function() cuminc(t, k, g),
  mean_cumulative = function() survfit(Surv(get("start")[1:n], get("stop")[1:n], get("event")[1:n]) ~ 1, id = get("id")[1:n]),
  multi_state = function() survfit(Surv(t, state) ~ 1))
for (round in seq_len(rounds)) {
  start <- proc.time(); call(); used <- proc.time() - start
  cat(1000 * (used[["user.self"]] + used[["sys.self"]]), "\n")
}
