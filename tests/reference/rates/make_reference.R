# Reference numbers for rates, base R.
# Run in this folder: Rscript make_reference.R > reference.json
suppressMessages(library(jsonlite))
out <- list(made_with = R.version.string)
out$one <- lapply(list(c(0, 10), c(1, 0.5), c(6, 1150 / 365.25), c(137, 24.199), c(7, 312), c(10000, 3)), function(v) {
  t <- poisson.test(v[1], v[2])
  list(events = v[1], person_time = v[2], estimate = unname(t$estimate), lower = t$conf.int[1], upper = t$conf.int[2])
})
out$two <- lapply(list(c(11, 800, 21, 3011), c(0, 10, 5, 12), c(3, 10, 0, 11), c(40, 500, 30, 500), c(6, 100, 6, 90)), function(v) {
  t <- poisson.test(c(v[1], v[3]), c(v[2], v[4]))
  list(events1 = v[1], person_time1 = v[2], events0 = v[3], person_time0 = v[4], estimate = unname(t$estimate), lower = t$conf.int[1],
       upper = t$conf.int[2], p = t$p.value)
})
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = 1), "\n")
