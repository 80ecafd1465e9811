# Reference numbers of the Cox model from R's survival, with tightened control. Run: Rscript make_reference.R
suppressMessages({library(survival); library(jsonlite)})
control <- coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-13)

case <- function(name, data, x, ties = "efron", entry = NULL, strata = NULL, weights = NULL, offset = NULL, cluster = NULL) {
  xm <- as.matrix(data[, x, drop = FALSE]); storage.mode(xm) <- "double"
  n <- nrow(data)
  w <- if (is.null(weights)) rep(1, n) else data[[weights]]
  o <- if (is.null(offset)) rep(0, n) else data[[offset]]
  y <- if (is.null(entry)) Surv(data$time, data$event) else Surv(data[[entry]], data$time, data$event)
  d <- data.frame(row = seq_len(n)); d$y <- y; d$xm <- xm; d$w <- w; d$o <- o
  d$s <- if (is.null(strata)) rep(1, n) else as.integer(factor(data[[strata]]))
  f <- if (is.null(strata)) y ~ xm + offset(o) else y ~ xm + offset(o) + strata(s)
  if (!is.null(cluster)) d$cl <- data[[cluster]]
  fit <- if (is.null(cluster)) coxph(f, d, weights = w, ties = ties, control = control)
         else coxph(f, d, weights = w, ties = ties, control = control, cluster = cl)
  naive <- if (is.null(fit$naive.var)) fit$var else fit$naive.var
  out <- list(
    name = name, ties = ties, columns = x,
    data = c(list(time = data$time, event = as.integer(data$event)),
             setNames(lapply(x, function(v) as.numeric(data[[v]])), x),
             if (!is.null(entry)) list(entry = data[[entry]]),
             if (!is.null(strata)) list(strata = d$s),
             if (!is.null(weights)) list(weights = w),
             if (!is.null(offset)) list(offset = o),
             if (!is.null(cluster)) list(cluster = as.integer(factor(data[[cluster]])))),
    coefficients = unname(coef(fit)), naive_covariance = unname(naive),
    robust_covariance = if (!is.null(fit$naive.var)) unname(fit$var),
    log_likelihood_null = fit$loglik[1], log_likelihood = fit$loglik[2],
    score_test = fit$score, likelihood_ratio = 2 * diff(fit$loglik),
    wald = as.numeric(coef(fit) %*% solve(naive, coef(fit))), n = fit$n, n_events = fit$nevent,
    interval_90 = unname(confint(fit, level = 0.9)))
  if (ties != "exact") {
    out$martingale <- unname(residuals(fit, type = "martingale"))
    out$deviance <- unname(residuals(fit, type = "deviance"))
    out$score <- unname(as.matrix(residuals(fit, type = "score")))
    out$dfbeta <- unname(as.matrix(residuals(fit, type = "dfbeta")))
    sch <- residuals(fit, type = "schoenfeld")
    out$schoenfeld <- unname(as.matrix(sch))
    if (is.null(weights) || all(w == round(w))) {
      for (transform in c("km", "rank", "identity", "log")) {
        z <- tryCatch(cox.zph(fit, transform = transform, terms = FALSE), error = function(e) NULL)
        if (!is.null(z)) out$zph[[transform]] <- list(table = unname(z$table))
      }
    }
    k <- concordance(fit)
    out$concordance <- list(estimate = unname(k$concordance), se = sqrt(k$var), count = unname(as.matrix(k$count)))
    base <- survfit(fit, newdata = list(xm = rbind(rep(0, length(x)), colMeans(xm)), o = c(0, 0), s = c(1, 1)), se.fit = TRUE)
    nd <- data.frame(row = 1:2); nd$xm <- rbind(rep(0, length(x)), colMeans(xm)); nd$o <- 0; nd$s <- 1
    sf <- survfit(fit, newdata = nd, se.fit = TRUE, conf.type = "log", censor = TRUE)
    pick <- seq_len(if (is.null(strata)) length(sf$time) else sf$strata[1])
    if (!is.null(strata)) sf <- survfit(fit, newdata = nd[1, , drop = FALSE], conf.type = "log")
    out$survfit <- list(time = sf$time, cumhaz = unname(as.matrix(sf$cumhaz)), std_err = unname(as.matrix(sf$std.err)),
                        surv = unname(as.matrix(sf$surv)), lower = unname(as.matrix(sf$lower)), upper = unname(as.matrix(sf$upper)))
  }
  out
}

dummies <- function(d, v) { f <- factor(d[[v]]); for (l in levels(f)[-1]) d[[paste0(v, l)]] <- as.numeric(f == l); d }
ov <- transform(survival::ovarian, time = futime, event = fustat)
lu <- na.omit(transform(survival::lung, event = status - 1)[, c("time", "event", "age", "sex", "ph.ecog", "inst")])
lu$shift <- lu$age / 80
ve <- dummies(transform(survival::veteran, event = status), "celltype")
set.seed(20261122)
ve$share <- round(runif(nrow(ve), 0.2, 3), 3)
ve$times <- rep(1:4, length.out = nrow(ve))
bl <- transform(survival::bladder2, time = stop, entry = start)
he <- transform(survival::heart, time = stop, entry = start, transplanted = as.numeric(transplant) - 1)
exact <- lu; exact$time <- ceiling(lu$time / 30.4375)
ties <- exact

cases <- list(
  case("ovarian_efron", ov, c("age", "resid.ds", "rx", "ecog.ps")),
  case("lung_breslow", lu, c("age", "sex", "ph.ecog"), ties = "breslow"),
  case("lung_months_efron", ties, c("age", "sex", "ph.ecog")),
  case("lung_months_breslow", ties, c("age", "sex", "ph.ecog"), ties = "breslow"),
  case("lung_months_exact", exact, c("age", "sex", "ph.ecog"), ties = "exact"),
  case("lung_strata_offset", lu, c("sex", "ph.ecog"), strata = "inst", offset = "shift"),
  case("veteran_efron", ve, c("trt", "celltypesmallcell", "celltypeadeno", "celltypelarge", "karno", "diagtime", "age", "prior")),
  case("veteran_sampling_weights", ve, c("trt", "karno", "age"), weights = "share"),
  case("veteran_sampling_weights_breslow_strata", ve, c("trt", "karno", "age"), weights = "share", ties = "breslow", strata = "celltype"),
  case("bladder_counting_strata", bl, c("rx", "size", "number"), entry = "entry", strata = "enum"),
  case("bladder_counting_cluster", bl, c("rx", "size", "number"), entry = "entry", strata = "enum", cluster = "id"),
  case("heart_counting", he, c("age", "year", "surgery", "transplanted"), entry = "entry"),
  case("heart_counting_breslow", he, c("age", "year", "surgery", "transplanted"), entry = "entry", ties = "breslow"),
  case("veteran_cluster", ve, c("trt", "karno"), cluster = "times")
)
repeated <- ve[rep(seq_len(nrow(ve)), ve$times), ]
doubled <- case("veteran_frequency", repeated, c("trt", "karno", "age"))
doubled$data <- list(time = ve$time, event = ve$event, trt = ve$trt, karno = ve$karno, age = ve$age, weights = ve$times)
for (v in c("martingale", "deviance", "score", "dfbeta", "schoenfeld", "zph", "concordance", "survfit")) doubled[[v]] <- NULL
cases <- c(cases, list(doubled))

pilot <- fromJSON("../../data/cdisc/adtte.json")
tte <- as.data.frame(pilot$rows); names(tte) <- pilot$columns$name
tte <- transform(tte, time = as.numeric(AVAL), event = as.numeric(CNSR == "0"), age75 = as.numeric(AGE) - 75,
                 high = as.numeric(grepl("High", TRTP)), low = as.numeric(grepl("Low", TRTP)))
site <- coxph(Surv(time, event) ~ high + low + age75 + strata(SITEID), tte, control = control)

writeLines(toJSON(list(
  cdisc_pilot = list(coefficients = unname(coef(site)), standard_errors = unname(sqrt(diag(site$var))), log_likelihood = site$loglik[2]),
  made_with = paste0("R ", getRversion(), ", survival ", packageVersion("survival"), ", coxph eps 1e-12, timefix TRUE"),
  date = format(Sys.Date()), cases = cases), digits = I(17), auto_unbox = TRUE, null = "null", na = "null"), "reference.json")
