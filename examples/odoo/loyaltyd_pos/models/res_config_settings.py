from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    pos_loyaltyd_url = fields.Char(related="pos_config_id.loyaltyd_url", readonly=False)
    pos_loyaltyd_token = fields.Char(related="pos_config_id.loyaltyd_token", readonly=False)
    pos_loyaltyd_timeout_ms = fields.Integer(related="pos_config_id.loyaltyd_timeout_ms", readonly=False)
    pos_loyaltyd_product_id = fields.Many2one(related="pos_config_id.loyaltyd_product_id", readonly=False)
