"""What JupyterLab is told when `lunarlab lab` starts it: settings, and how messages go to the browser."""
