{
    "name": "loyaltyd at the Point of Sale",
    "summary": "Points and rewards of the till's loyaltyd, with or without a network",
    "version": "18.0.1.0.0",
    "category": "Sales/Point of Sale",
    "license": "LGPL-3",
    "depends": ["point_of_sale"],
    "data": ["views/res_config_settings.xml"],
    "assets": {"point_of_sale._assets_pos": ["loyaltyd_pos/static/src/**/*"]},
}
