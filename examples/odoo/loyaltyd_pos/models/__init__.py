from . import pos_config, res_config_settings
