"""What policy says: the numbers that hold where a county sets none, and what each rule is a risk of."""

from __future__ import annotations

DEFAULTS = {
    "income.monitoring_line": "8500",
    "income.focus_line_former_poor": "10000",
    "income.focus_line_labour": "11000",
    "income.drop_red_share": "0.30",
    "edu.compulsory_age_from": "6",
    "edu.compulsory_age_to": "15",
    "edu.fee_self_paid": "10000",
    "edu.students_per_household": "2",
    "med.self_paid_low_income": "10000",
    "med.self_paid_other": "26000",
    "med.red_factor": "2",
    "med.red_income_share": "0.5",
    "med.outpatient_month": "500",
    "hea.new_months": "2",
    "hea.priority_age": "65",
    "hrs.idle_days": "30",
    "hrs.idle_red_days": "90",
    "hrs.pay_drop_share": "0.5",
    "hrs.zero_work_everybody": "0",
    "hrs.posts_most": "2",
    "quality.labour_age_from": "16",
    "quality.post_age_below": "70",
    "civ.new_months": "2",
    "civ.temp_count": "2",
    "civ.temp_window_months": "12",
    "civ.decision_valid_months": "12",
    "civ.grace_months": "3",
    "dpf.new_months": "2",
    "dpf.severe_level": "2",
    "vet.soldier_grade": "6",
    "emg.new_months": "3",
    "emg.crop_loss": "50",
    "emg.crop_loss_total": "80",
    "hou.works_months": "12",
    "psb.new_months": "2",
    "agr.rigid_share": "0.5",
    "agr.rigid_factor": "2",
    "agr.rigid_floor": "5000",
}
# What a reason of civil affairs is called among the risks.
RISK_OF_REASON = {"illness": "01", "disaster": "02", "disability": "03", "no_labour": "04", "schooling": "09"}
RISKS = {
    "R-EDU-01": "13", "R-EDU-02": "09", "R-EDU-03": "09", "R-EDU-91": "40", "R-MED-01": "01", "R-MED-02": "01",
    "R-MED-03": "01", "R-CIV-01": "22", "R-CIV-02": "04", "R-CIV-03": "22", "R-CIV-91": "40", "R-HOU-01": "11",
    "R-HOU-02": "11", "R-AGR-01": "20", "R-AGR-02": "20", "R-AGR-03": "20", "R-AGR-04a": "20", "R-AGR-04b": "20",
    "R-AGR-07": "21", "R-AGR-91": "40", "R-HEA-01": "01", "R-DPF-01": "03", "R-WAT-01": "12",
    "R-HRS-01": "07", "R-HRS-02": "07", "R-HRS-03": "07", "R-HRS-04": "40",
    "R-DPF-02": "30", "R-CIV-04": "30", "R-CIV-05": "04", "R-EMG-01": "02", "R-EMG-02": "05",
    "R-HEA-02": "30", "R-MED-04": "30", "R-HOU-03": "11", "R-PSB-01": "04", "R-PSB-02": "05",
}  # fmt: skip
NOT_NAMED = ("20", "21", "22", "30", "40")
