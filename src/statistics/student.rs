//! Quantiles of Student's t and of the normal distribution.

use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};

/// The quantile of Student's t with this many degrees of freedom; infinite for fewer than one.
pub fn t_quantile(probability: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom)
        .ok()
        .filter(|_| freedom >= 1.0)
        .map_or(f64::INFINITY, |t| t.inverse_cdf(probability))
}

/// The quantile of the standard normal distribution.
pub fn z_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// The confidence of an interval that reaches this many standard errors to either side.
pub fn confidence_of(errors: f64) -> f64 {
    1.0 - 2.0 * Normal::standard().sf(errors)
}

/// The two-sided p-value of a t statistic.
pub(super) fn two_sided(t: f64, freedom: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    StudentsT::new(0.0, 1.0, freedom)
        .ok()
        .filter(|_| freedom >= 1.0 && t.is_finite())
        .map_or(1.0, |distribution| 2.0 * distribution.sf(t.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy.stats.t.ppf and norm.ppf, SciPy 1.17.1.
    #[test]
    fn quantiles_are_those_of_scipy() {
        for (probability, freedom, expected) in [
            (0.975, 9.0, 2.262_157_162_798_205),
            (0.995, 9.0, 3.249_835_541_592_126_4),
            (0.95, 7.0, 1.894_578_605_090_006_2),
            (0.995, 12.5, 3.032_436_652_870_561_7),
        ] {
            let found = t_quantile(probability, freedom);
            assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
        }
        assert!((z_quantile(0.995) - 2.575_829_303_548_901).abs() < 1e-9);
        assert!((confidence_of(2.575_829_303_548_901) - 0.99).abs() < 1e-12);
        assert!((two_sided(2.5, 9.0) - 0.033_861_827_682_985_735).abs() < 1e-9);
    }

    #[test]
    fn without_a_degree_of_freedom_nothing_is_known() {
        assert!(t_quantile(0.975, 0.0).is_infinite());
        assert!((two_sided(5.0, 0.0) - 1.0).abs() < 1e-12);
    }
}
