from odoo import fields, models


class PosConfig(models.Model):
    """Where a point of sale's till is. All fields of pos.config are loaded by the POS."""

    _inherit = "pos.config"

    loyaltyd_url = fields.Char("Till", help="http://127.0.0.1:7780 where loyaltyd runs on the same machine; empty: none")
    loyaltyd_token = fields.Char("Token", help="What stands in api.token in the till's data folder")
    loyaltyd_timeout_ms = fields.Integer("Time-out (ms)", default=1000, help="The longest that a sale waits for the till")
    loyaltyd_product_id = fields.Many2one(
        "product.product", string="Discount product", help="The line that a reward makes: a service without taxes"
    )

    def _get_special_products(self):
        return super()._get_special_products() | self.env["pos.config"].search([]).mapped("loyaltyd_product_id")
